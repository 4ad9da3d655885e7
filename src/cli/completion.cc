// Copyright 2026 The Gregor Authors.
// SPDX-License-Identifier: Apache-2.0

#include "cli/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <vector>

namespace gregor::cli {
namespace {

// What may follow the words of one command.
struct Node {
  std::vector<std::string> words;  // "topics", or "log dump"; none for the program itself
  std::string about;
  std::vector<const CLI::App*> commands;
  std::vector<const CLI::Option*> options;
};

// Option groups are a matter of checking, not of the command line.
void add_options(const CLI::App& command, Node& node) {
  for (const CLI::Option* option : command.get_options())
    if (!option->get_positional() || !option->get_lnames().empty()) node.options.push_back(option);
  for (const CLI::App* child : command.get_subcommands([](const CLI::App*) { return true; })) {
    if (child->get_name().empty())
      add_options(*child, node);
    else
      node.commands.push_back(child);
  }
}

void add_nodes(const CLI::App& command, const std::vector<std::string>& words,
               std::vector<Node>& nodes) {
  Node node{.words = words, .about = command.get_description(), .commands = {}, .options = {}};
  add_options(command, node);
  const std::vector<const CLI::App*> commands = node.commands;
  nodes.push_back(std::move(node));
  for (const CLI::App* child : commands) {
    std::vector<std::string> deeper = words;
    deeper.push_back(child->get_name());
    add_nodes(*child, deeper, nodes);
  }
}

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  std::ranges::transform(option.get_lnames(), std::back_inserter(names),
                         [](const std::string& name) { return "--" + name; });
  std::ranges::transform(option.get_snames(), std::back_inserter(names),
                         [](const std::string& name) { return "-" + name; });
  return names;
}

std::vector<std::string> candidates_of(const Node& node) {
  std::vector<std::string> words;
  std::ranges::transform(node.commands, std::back_inserter(words),
                         [](const CLI::App* command) { return command->get_name(); });
  for (const CLI::Option* option : node.options)
    for (std::string& name : names_of(*option)) words.push_back(std::move(name));
  return words;
}

// Both understand the same function; zsh through its bashcompinit.
std::string bash_script(const std::vector<Node>& nodes) {
  std::string script =
      "_gregor() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} path= i candidates=\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    [[ ${COMP_WORDS[i]} == -* ]] && break\n"
      "    path+=\"${path:+ }${COMP_WORDS[i]}\"\n"
      "  done\n"
      "  case $path in\n";
  for (const Node& node : nodes)
    script += fmt::format("    '{}') candidates='{}' ;;\n", fmt::join(node.words, " "),
                          fmt::join(candidates_of(node), " "));
  script +=
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$candidates\" -- \"$word\"))\n"
      "  [[ ${#COMPREPLY[@]} -eq 0 && $word != -* ]] && COMPREPLY=($(compgen -f -- \"$word\"))\n"
      "}\n"
      "complete -F _gregor gregor\n";
  return script;
}

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string fish_condition(const Node& node) {
  if (node.words.empty()) return "__fish_use_subcommand";
  std::string condition;
  for (const std::string& word : node.words)
    condition +=
        fmt::format("{}__fish_seen_subcommand_from {}", condition.empty() ? "" : "; and ", word);
  return condition;
}

std::string fish_script(const std::vector<Node>& nodes) {
  std::string script = "complete -c gregor -e\n";
  for (const Node& node : nodes) {
    const std::string condition = quoted(fish_condition(node));
    for (const CLI::App* command : node.commands)
      script += fmt::format("complete -c gregor -f -n {} -a {} -d {}\n", condition,
                            command->get_name(), quoted(command->get_description()));
    for (const CLI::Option* option : node.options) {
      script += fmt::format("complete -c gregor -n {}", condition);
      for (const std::string& name : option->get_lnames()) script += " -l " + name;
      for (const std::string& name : option->get_snames()) script += " -s " + name;
      script += fmt::format("{} -d {}\n", option->get_items_expected_max() > 0 ? " -r" : "",
                            quoted(option->get_description()));
    }
  }
  return script;
}

}  // namespace

std::string completion_script(const CLI::App& app, const std::string& shell) {
  std::vector<Node> nodes;
  add_nodes(app, {}, nodes);
  if (shell == "fish") return fish_script(nodes);
  const std::string script = bash_script(nodes);
  return shell == "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" + script : script;
}

}  // namespace gregor::cli
