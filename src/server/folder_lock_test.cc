// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "server/folder_lock.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>

#include "server/temporary_folder.h"

namespace gregor::server {
namespace {

TEST(FolderLock, KeepsASecondBrokerOutUntilTheFirstHasGone) {
  const TemporaryFolder folder;
  {
    const auto first = FolderLock::acquire(folder.path());
    ASSERT_TRUE(first.has_value());
    const auto second = FolderLock::acquire(folder.path());
    ASSERT_FALSE(second.has_value());
    EXPECT_NE(second.error().detail.find(folder.path()), std::string::npos);
  }
  EXPECT_TRUE(FolderLock::acquire(folder.path()).has_value());
}

// A JVM locks with fcntl on the whole file, for the process.
TEST(FolderLock, ExcludesKafkaAndIsExcludedByIt) {
  const TemporaryFolder folder;
  const auto ours = FolderLock::acquire(folder.path());
  ASSERT_TRUE(ours.has_value());
  const pid_t child = ::fork();
  if (child == 0) {
    const int file = ::open((folder.path() + "/.lock").c_str(), O_RDWR | O_CREAT, 0644);
    struct flock whole{};
    whole.l_type = F_WRLCK;
    ::_exit(::fcntl(file, F_SETLK, &whole) == 0 ? 0 : 7);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

TEST(FolderLock, AFolderThatIsNotThereIsAnErrorWithItsName) {
  const auto lock = FolderLock::acquire("/no/such/folder");
  ASSERT_FALSE(lock.has_value());
  EXPECT_NE(lock.error().detail.find("/no/such/folder"), std::string::npos);
}

}  // namespace
}  // namespace gregor::server
