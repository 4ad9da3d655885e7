// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

// `gregor completion`: the script that lets a shell complete gregor's command lines.
#include <memory>

#include "cli/answer.h"
#include "cli/command.h"
#include "cli/completion.h"

namespace gregor::cli {
namespace {

constexpr const char* completion_details =
    "Examples:\n"
    "  source <(gregor completion bash)                 in ~/.bashrc\n"
    "  source <(gregor completion zsh)                  in ~/.zshrc, after compinit\n"
    "  gregor completion fish > ~/.config/fish/completions/gregor.fish\n";

}  // namespace

void add_completion_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("completion", "Print a shell's completion script");
  command->footer(completion_details);
  const auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->callback([&app, &action, shell] {
    action = [&app, shell] {
      print(completion_script(app, *shell));
      return exit_ok;
    };
  });
}

}  // namespace gregor::cli
