// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// Runs a target without a fuzzer: on files, on all files of folders, and on inputs made from seeds.
// The last line is "Ran N tests": each file is one, and all seeds together are one. Whatever
// the target dies of, the line before says which input it was.
//
//   <target>_replay [--seeds N] [--first SEED] [--corpus FOLDER [--golden CHECKOUT]] [FILE…]
//     --seeds N          inputs of the seeds SEED … SEED+N-1 (the first is 1 unless given)
//     --corpus FOLDER    writes those inputs there instead of running them, and the golden ones
//     FILE               an input, or a folder of inputs

#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bytes.h"
#include "target.h"

namespace {

using namespace gregor;

constexpr unsigned seconds_max = 60;  // one input

// Read in signal handlers, where nothing may be allocated.
std::array<char, 512> current_input{};
std::size_t allocation_limit = ~std::size_t{0};

void say(std::string_view text) {
  if (::write(STDERR_FILENO, text.data(), text.size()) < 0) return;
}

void name_input() {
  say("\nthe input was: ");
  say(current_input.data());
  say("\n");
}

extern "C" void on_death(int signal) {
  if (signal == SIGALRM) say("\nan input took too long");
  name_input();
  std::signal(signal, SIG_DFL);
  if (signal == SIGALRM) std::_Exit(1);
  std::raise(signal);
}

void run(const std::string& name, base::BytesView input) {
  current_input.fill('\0');
  name.copy(current_input.data(), current_input.size() - 1);
  allocation_limit = fuzz::allocation_bytes_max(input.size());
  ::alarm(seconds_max);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  ::alarm(0);
  allocation_limit = ~std::size_t{0};
}

// As a fuzzer would find it: a sound input, mostly changed a little.
base::Bytes input_of(std::uint64_t seed) {
  base::Prng prng(seed);
  base::Bytes input = fuzz::make_input(prng);
  for (std::uint64_t left = prng.below(4); left > 0; --left) {
    if (prng.chance(1, 2)) {
      fuzz::change_input(input, prng);
    } else {
      fuzz::disturb(input, prng);
    }
  }
  return input;
}

struct Options {
  std::uint64_t seeds = 0;
  std::uint64_t first = 1;
  std::string corpus;
  std::string golden;
  std::vector<std::string> paths;
};

bool read_options(std::span<char*> arguments, Options& options) {
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    if (!word.starts_with("--")) {
      options.paths.emplace_back(word);
      continue;
    }
    if (++i == arguments.size()) return false;
    if (word == "--seeds") {
      options.seeds = std::strtoull(arguments[i], nullptr, 10);
    } else if (word == "--first") {
      options.first = std::strtoull(arguments[i], nullptr, 10);
    } else if (word == "--corpus") {
      options.corpus = arguments[i];
    } else if (word == "--golden") {
      options.golden = arguments[i];
    } else {
      return false;
    }
  }
  return true;
}

void write_corpus(const Options& options) {
  std::filesystem::create_directories(options.corpus);
  const auto write = [&](const std::string& name, base::BytesView input) {
    std::ofstream file(options.corpus + "/" + name, std::ios::binary);
    file << base::as_text(input);
  };
  for (std::uint64_t i = 0; i < options.seeds; ++i)
    write("seed-" + std::to_string(options.first + i), input_of(options.first + i));
  if (options.golden.empty()) return;
  std::size_t number = 0;
  for (const base::Bytes& input : fuzz::golden_inputs(options.golden))
    write("golden-" + std::to_string(++number), input);
}

std::size_t replay(const Options& options) {
  std::size_t ran = 0;
  for (const std::string& path : options.paths) {
    if (!std::filesystem::exists(path)) {
      std::cerr << "no such file: " << path << "\n";
      std::exit(2);
    }
    const bool is_folder = std::filesystem::is_directory(path);
    for (const std::string& file : is_folder ? fuzz::files_below(path) : std::vector{path}) {
      run(file, fuzz::read_file(file));
      ++ran;
    }
  }
  for (std::uint64_t i = 0; i < options.seeds; ++i) {
    const std::uint64_t seed = options.first + i;
    run("--seeds 1 --first " + std::to_string(seed), input_of(seed));
  }
  return ran + (options.seeds > 0 ? 1 : 0);
}

}  // namespace

#if !defined(GREGOR_SANITIZED)
// The sanitizers watch allocations themselves.
void* operator new(std::size_t size) {
  if (size > allocation_limit) {
    allocation_limit = ~std::size_t{0};
    say("\nan allocation is far larger than the input allows");
    std::abort();
  }
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#else
extern "C" void __sanitizer_set_death_callback(void (*callback)());
#endif

int main(int count, char** arguments) {
  Options options;
  if (!read_options({arguments, static_cast<std::size_t>(count)}, options)) {
    std::cerr << "usage: " << arguments[0]
              << " [--seeds N] [--first SEED] [--corpus FOLDER [--golden CHECKOUT]] [FILE...]\n";
    return 2;
  }
  if (!options.corpus.empty()) {
    write_corpus(options);
    return 0;
  }
  for (const int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGALRM}) std::signal(signal, on_death);
#if defined(GREGOR_SANITIZED)
  __sanitizer_set_death_callback(name_input);
#endif
  std::cout << "Ran " << replay(options) << " tests" << std::endl;
  return 0;
}
