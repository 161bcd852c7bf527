#include "figures/document.h"

namespace tocsin::figures {

void put_spread(JsonWriter& json, std::string_view key, const Spread& spread) {
  json.begin_object(key);
  json.number("median", spread.median);
  json.number("min", spread.min);
  json.number("max", spread.max);
  json.end_object();
}

void put_measures(JsonWriter& json, const Measures& measures) {
  json.begin_object("measures");
  for (const auto& [name, value] : measures) json.number(name, value);
  json.end_object();
}

void put_missed_targets(JsonWriter& json, const std::vector<std::string>& missed) {
  json.begin_array("missed_targets");
  for (const std::string& line : missed) json.text({}, line);
  json.end_array();
}

}  // namespace tocsin::figures
