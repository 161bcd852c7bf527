// Options of a command line as the benches declare them: with their defaults in --help, and numbers
// within their bounds.
//
// Thread: pure functions.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace tocsin::harness {

template <typename Value>
CLI::Option* declare_value(CLI::App& app, const std::string& names, Value& value,
                           const std::string& what) {
  return app.add_option(names, value, what)->capture_default_str();
}

// A number from `min` to `max`.
template <typename Number>
CLI::Option* declare_number(CLI::App& app, const std::string& names, Number& value, uint64_t min,
                            uint64_t max, const std::string& what) {
  return declare_value(app, names, value, what)
      ->check(CLI::Range(static_cast<Number>(min), static_cast<Number>(max)));
}

// Some of `all`, separated by commas.
inline CLI::Option* declare_parts(CLI::App& app, std::vector<std::string>& parts,
                                  const std::string& what) {
  return declare_value(app, "--parts", parts, what)->delimiter(',')->check(CLI::IsMember(parts));
}

inline bool is_among(const std::vector<std::string>& parts, const std::string& part) {
  return std::find(parts.begin(), parts.end(), part) != parts.end();
}

}  // namespace tocsin::harness
