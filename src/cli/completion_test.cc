// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Completion scripts know every command and every option that is declared.
#include "cli/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command.h"

namespace gregor::cli {
namespace {

using testing::HasSubstr;

class Completion : public testing::Test {
 protected:
  Completion() { add_commands(app_, action_); }
  CLI::App app_{"", "gregor"};
  Action action_;
};

// The line of the bash script that lists what may follow these words.
std::string line_for(const std::string& script, const std::string& words) {
  const std::size_t at = script.find("'" + words + "') candidates='");
  if (at == std::string::npos) return "";
  return script.substr(at, script.find('\n', at) - at);
}

TEST_F(Completion, NamesEveryCommandAndItsOptions) {
  const std::string script = completion_script(app_, "bash");
  for (const CLI::App* command : app_.get_subcommands([](const CLI::App*) { return true; })) {
    EXPECT_THAT(line_for(script, ""), HasSubstr(command->get_name()));
    const std::string line = line_for(script, command->get_name());
    ASSERT_NE(line, "") << command->get_name();
    for (const CLI::Option* option : command->get_options())
      for (const std::string& name : option->get_lnames())
        EXPECT_THAT(line, HasSubstr("--" + name)) << command->get_name();
  }
  EXPECT_THAT(line_for(script, "topics"), HasSubstr("--create")) << "of an option group";
  EXPECT_THAT(line_for(script, "log dump"), HasSubstr("--records"));
}

TEST_F(Completion, SpeaksToZshAndFish) {
  EXPECT_THAT(completion_script(app_, "zsh"), HasSubstr("bashcompinit"));
  const std::string fish = completion_script(app_, "fish");
  EXPECT_THAT(fish, HasSubstr("-n '__fish_use_subcommand' -a topics -d '"));
  EXPECT_THAT(fish, HasSubstr("-n '__fish_seen_subcommand_from topics' -l partitions -r -d '"));
  EXPECT_THAT(fish, HasSubstr("-n '__fish_seen_subcommand_from topics' -l create -d '"));
}

}  // namespace
}  // namespace gregor::cli
