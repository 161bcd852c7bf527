#include "cli/profile.h"

#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

namespace tocsin::cli {
namespace {

constexpr char send_keys_table[] = "send_keys";

std::string_view trimmed(std::string_view text) {
  const size_t start = text.find_first_not_of(" \t\r");
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(" \t\r") + 1 - start);
}

// "..." with nothing but a comment behind it; \" and \\ are the escapes that keys and paths need.
std::optional<std::string> parse_string(std::string_view text) {
  if (!text.starts_with('"')) return std::nullopt;
  std::string value;
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      const std::string_view rest = trimmed(text.substr(i + 1));
      if (!rest.empty() && !rest.starts_with('#')) return std::nullopt;
      return value;
    }
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    value.push_back(text[i]);
  }
  return std::nullopt;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "\"";
}

struct Line {
  enum class Kind { nothing, table, entry, broken };
  Kind kind = Kind::nothing;
  std::string key = {};  // or the table's name
  std::string value = {};
};

Line parse_line(std::string_view text) {
  text = trimmed(text);
  if (text.empty() || text.starts_with('#')) return {};
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return {Line::Kind::broken};
    return {Line::Kind::table, std::string(trimmed(text.substr(1, end - 1)))};
  }
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {Line::Kind::broken};
  std::string_view key = trimmed(text.substr(0, equals));
  if (key.size() >= 2 && key.starts_with('"') && key.ends_with('"')) {
    key = key.substr(1, key.size() - 2);
  }
  auto value = parse_string(trimmed(text.substr(equals + 1)));
  if (key.empty() || !value) return {Line::Kind::broken};
  return {Line::Kind::entry, std::string(key), std::move(*value)};
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
  Profile profile{.path = path, .server = {}, .ca = {}, .admin_key = {}, .send_keys = {}};
  std::string table;
  size_t number = 0;
  for (const std::string& text_line : lines_of(text)) {
    ++number;
    const Line line = parse_line(text_line);
    if (line.kind == Line::Kind::broken) {
      return absl::InvalidArgumentError(
          fmt::format("{}:{}: use KEY = \"VALUE\", [send_keys] or a # comment", path, number));
    }
    if (line.kind == Line::Kind::table) table = line.key;
    if (line.kind != Line::Kind::entry) continue;
    if (table == send_keys_table) profile.send_keys[line.key] = line.value;
    if (!table.empty()) continue;
    if (line.key == "server") profile.server = line.value;
    if (line.key == "admin_key") profile.admin_key = line.value;
    if (line.key == "ca") {
      profile.ca = (std::filesystem::path(path).parent_path() / line.value).string();
    }
  }
  return profile;
}

absl::StatusOr<Profile> load_profile(const std::string& wanted) {
  const std::string path = wanted.empty() ? default_path() : wanted;
  if (path.empty()) return Profile{};
  const auto text = read_file(path);
  if (!text.ok()) return text.status();
  return parse_profile(path, *text);
}

std::string with_send_key(const std::string& text, const std::string& app, const std::string& key) {
  const std::string entry = fmt::format("{} = {}", app, quoted(key));
  std::vector<std::string> lines = lines_of(text);
  std::string table;
  std::optional<size_t> last_of_table;
  for (size_t i = 0; i < lines.size(); ++i) {
    const Line line = parse_line(lines[i]);
    if (line.kind == Line::Kind::table) table = line.key;
    if (table != send_keys_table || line.kind == Line::Kind::nothing) continue;
    last_of_table = i;
    if (line.kind == Line::Kind::entry && line.key == app) {
      lines[i] = entry;
      return fmt::format("{}\n", fmt::join(lines, "\n"));
    }
  }
  if (last_of_table) {
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(*last_of_table) + 1, entry);
  } else {
    if (!lines.empty()) lines.push_back("");
    lines.push_back(fmt::format("[{}]", send_keys_table));
    lines.push_back(entry);
  }
  return fmt::format("{}\n", fmt::join(lines, "\n"));
}

absl::Status add_send_key(const std::string& path, const std::string& app, const std::string& key) {
  const auto text = read_file(path);
  if (!text.ok()) return text.status();
  const std::string draft = path + ".new";
  std::error_code error;
  const auto permissions = std::filesystem::status(path, error).permissions();
  {
    std::ofstream file(draft, std::ios::binary | std::ios::trunc);
    std::filesystem::permissions(draft, permissions, error);
    file << with_send_key(*text, app, key);
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
