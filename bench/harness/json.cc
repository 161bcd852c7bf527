#include "harness/json.h"

#include <cmath>

namespace tocsin::bench {
namespace {

void round_number(Json& value) {
  const auto number = value.get<double>();
  const double rounded = std::round(number * 1e6) / 1e6;
  // A double is exact up to 2^53.
  if (rounded == std::trunc(rounded) && std::abs(rounded) < 9e15) {
    value = static_cast<int64_t>(rounded);
  } else if (std::isfinite(rounded)) {
    value = rounded;
  }
}

void tidy(Json& value) {
  if (value.is_number_float()) return round_number(value);
  if (value.is_object()) {
    for (auto entry = value.begin(); entry != value.end();) {
      entry = entry->is_null() ? value.erase(entry) : std::next(entry);
    }
  }
  if (value.is_structured()) {
    for (Json& inner : value) tidy(inner);
  }
}

}  // namespace

std::string text_of(Json document, int indent) {
  tidy(document);
  return document.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json parse_object(const std::string& text) {
  Json parsed = Json::parse(text, nullptr, false);
  return parsed.is_object() ? parsed : Json::object();
}

std::string text_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || !found->is_string() ? "" : found->get<std::string>();
}

std::optional<double> number_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

Json object_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || !found->is_object() ? Json::object() : *found;
}

void to_json(Json& json, const Series& series) {
  if (series.empty()) {
    json = nullptr;
  } else {
    json = {{"median", series.median()}, {"min", series.min()}, {"max", series.max()}};
  }
}

}  // namespace tocsin::bench
