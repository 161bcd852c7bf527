// JSON documents of the benches: nlohmann's, in the order they are told.
//
// A struct that Boost.Describe knows becomes an object of what is described. An absent
// std::optional, and a Series without values, become null, and a null within an object is left out
// of the text: what was not measured is absent, never zero.
//
// Thread: pure functions and values.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>

#include <boost/describe.hpp>
#include <boost/mp11/algorithm.hpp>

#include "harness/figures.h"

namespace tocsin::bench {

using Json = nlohmann::ordered_json;

// The text, with a final newline, indented unless `indent` is -1. Numbers have at most six digits
// after the point; one that is not finite is null.
std::string text_of(Json document, int indent = 2);

// The object in JSON text; an empty one when there is none.
Json parse_object(const std::string& text);
// What an object has at `key`; empty, absent or an empty object when it has none of the kind.
std::string text_at(const Json& object, const char* key);
std::optional<double> number_at(const Json& object, const char* key);
Json object_at(const Json& object, const char* key);

// An object: median, min, max.
void to_json(Json& json, const Series& series);

}  // namespace tocsin::bench

template <typename Value>
struct nlohmann::adl_serializer<std::optional<Value>> {
  static void to_json(tocsin::bench::Json& json, const std::optional<Value>& value) {
    if (value.has_value()) {
      json = *value;
    } else {
      json = nullptr;
    }
  }
};

template <typename Struct>
struct nlohmann::adl_serializer<
    Struct, std::enable_if_t<boost::describe::has_describe_members<Struct>::value>> {
  static void to_json(tocsin::bench::Json& json, const Struct& value) {
    using Members = boost::describe::describe_members<Struct, boost::describe::mod_public>;
    boost::mp11::mp_for_each<Members>(
        [&](auto member) { json[member.name] = value.*member.pointer; });
  }
};
