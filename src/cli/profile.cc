#include "cli/profile.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <sstream>
#include <string_view>
#include <toml++/toml.h>
#include <vector>

namespace tocsin::cli {
namespace {

constexpr char send_keys_table[] = "send_keys";

absl::Status broken(const std::string& path, const toml::source_region& where,
                    std::string_view what) {
  return absl::InvalidArgumentError(
      fmt::format("{}:{}: {}; use KEY = \"VALUE\", [{}] or a # comment", path, where.begin.line,
                  what, send_keys_table));
}

absl::StatusOr<toml::table> parse(const std::string& path, const std::string& text) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    return broken(path, error.source(), error.description());
  }
}

// Read the text of `node` into `to`, which stays as it is if there is no node.
absl::Status read_text(const std::string& path, const toml::node* node, std::string& to) {
  if (node == nullptr) return absl::OkStatus();
  if (!node->is_string()) return broken(path, node->source(), "not text in quotes");
  to = node->ref<std::string>();
  return absl::OkStatus();
}

// Put `entry` in place of the line of `app`, or after the last line of the table.
void put_entry(std::vector<std::string>& lines, const toml::table& table, const std::string& app,
               const std::string& entry) {
  const auto after = [&lines](toml::source_index line) {
    return lines.begin() + static_cast<std::ptrdiff_t>(line);
  };
  auto at = after(table.source().begin.line);
  for (const auto& [key, value] : table) {
    const auto end = after(value.source().end.line);
    at = std::max(at, end);
    if (key != app) continue;
    at = lines.erase(after(key.source().begin.line - 1), end);
    break;
  }
  lines.insert(at, entry);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

absl::StatusOr<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(profile_bytes_max + 1, '\0');
  if (!file.is_open() || std::filesystem::is_directory(path)) {
    return absl::NotFoundError(fmt::format("cannot read the profile {}", path));
  }
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > profile_bytes_max) {
    return absl::InvalidArgumentError(fmt::format("the profile {} is over 1 MB", path));
  }
  return text;
}

std::string default_path() {
  std::vector<std::string> places = {".tocsin/cli.toml"};
  if (const char* home = std::getenv("HOME")) {
    places.push_back(fmt::format("{}/.config/tocsin/cli.toml", home));
  }
  for (const std::string& place : places) {
    std::error_code ignored;
    if (std::filesystem::exists(place, ignored)) return place;
  }
  return {};
}

}  // namespace

absl::StatusOr<Profile> parse_profile(const std::string& path, const std::string& text) {
  const auto root = parse(path, text);
  if (!root.ok()) return root.status();
  Profile profile{.path = path, .server = {}, .ca = {}, .admin_key = {}, .send_keys = {}};
  absl::Status status = read_text(path, root->get("server"), profile.server);
  status.Update(read_text(path, root->get("ca"), profile.ca));
  status.Update(read_text(path, root->get("admin_key"), profile.admin_key));
  if (!profile.ca.empty()) {
    profile.ca = (std::filesystem::path(path).parent_path() / profile.ca).string();
  }
  if (const toml::node* table = root->get(send_keys_table)) {
    if (!table->is_table()) return broken(path, table->source(), "not a table");
    for (const auto& [app, key] : *table->as_table()) {
      status.Update(read_text(path, &key, profile.send_keys[std::string(app.str())]));
    }
  }
  if (!status.ok()) return status;
  return profile;
}

absl::StatusOr<Profile> load_profile(const std::string& wanted) {
  const std::string path = wanted.empty() ? default_path() : wanted;
  if (path.empty()) return Profile{};
  const auto text = read_file(path);
  if (!text.ok()) return text.status();
  return parse_profile(path, *text);
}

absl::StatusOr<std::string> with_send_key(const std::string& path, const std::string& text,
                                          const std::string& app, const std::string& key) {
  auto root = parse(path, text);
  if (!root.ok()) return root.status();
  std::vector<std::string> lines = lines_of(text);
  std::ostringstream entry;
  entry << toml::toml_formatter(toml::table{{app, key}}, toml::format_flags::none);
  toml::table* send_keys = (*root)[send_keys_table].as_table();
  if (send_keys != nullptr) {
    put_entry(lines, *send_keys, app, entry.str());
  } else {
    if (!lines.empty()) lines.push_back("");
    lines.insert(lines.end(), {fmt::format("[{}]", send_keys_table), entry.str()});
    send_keys = root->insert(send_keys_table, toml::table()).first->second.as_table();
  }
  if (send_keys != nullptr) send_keys->insert_or_assign(app, key);
  const std::string made_text = fmt::format("{}\n", fmt::join(lines, "\n"));
  const auto made = parse(path, made_text);
  if (!made.ok() || *made != *root) {
    return absl::FailedPreconditionError(fmt::format(
        "{} has no plain table [{}]; add {} = \"KEY\" yourself", path, send_keys_table, app));
  }
  return made_text;
}

absl::Status add_send_key(const std::string& path, const std::string& app, const std::string& key) {
  const auto text = read_file(path);
  if (!text.ok()) return text.status();
  const auto changed = with_send_key(path, *text, app, key);
  if (!changed.ok()) return changed.status();
  const std::string draft = path + ".new";
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return absl::FailedPreconditionError(fmt::format("{} is not a regular file", path));
  }
  const auto permissions = std::filesystem::status(path, error).permissions();
  {
    std::ofstream file(draft, std::ios::binary | std::ios::trunc);
    std::filesystem::permissions(draft, permissions, error);
    file << *changed;
    file.close();
    if (file.fail()) {
      std::filesystem::remove(draft, error);
      return absl::PermissionDeniedError(fmt::format("cannot write {}", draft));
    }
  }
  std::filesystem::rename(draft, path, error);
  if (!error) return absl::OkStatus();
  const std::string reason = error.message();
  std::filesystem::remove(draft, error);
  return absl::PermissionDeniedError(fmt::format("cannot replace {}: {}", path, reason));
}

}  // namespace tocsin::cli
