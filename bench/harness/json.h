// JSON documents of the benches: nlohmann's, in the order they are told.
//
// An absent std::optional, and a Series without values, become null, and a null within an object is
// left out of the text: what was not measured is absent, never zero.
//
// Thread: pure functions and values.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "harness/series.h"

namespace tocsin::harness {

using Json = nlohmann::ordered_json;

// The text, with a final newline, indented unless `indent` is -1. Numbers have at most six digits behind the point; one
// that is not finite is null.
std::string text_of(Json document, int indent = 2);

// The object in JSON text; an empty one when there is none.
Json parse_object(const std::string& text);
// What an object has at `key`; empty, absent or an empty object when it has none of the kind.
std::string text_at(const Json& object, const char* key);
std::optional<double> number_at(const Json& object, const char* key);
Json object_at(const Json& object, const char* key);

// An object: median, min, max.
void to_json(Json& json, const Series& series);

// An array of what `of` makes of each item.
template <typename Items, typename Of>
Json json_list(const Items& items, Of of) {
  Json list = Json::array();
  for (const auto& item : items) list.push_back(of(item));
  return list;
}

// Absent when it is empty.
inline std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace tocsin::harness

template <typename Value>
struct nlohmann::adl_serializer<std::optional<Value>> {
  static void to_json(tocsin::harness::Json& json, const std::optional<Value>& value) {
    if (value.has_value()) {
      json = *value;
    } else {
      json = nullptr;
    }
  }
};
