#include "storage/tables/stored_terms.h"

#include <fmt/format.h>

#include "audience/parser.h"
#include "base/check.h"
#include "storage/store/expiry.h"
#include "storage/store/keys.h"
#include "storage/store/sets.h"

namespace tocsin::storage {
namespace {

Attribute attribute_of(audience::Field field) {
  switch (field) {
    case audience::Field::platform:
      return Attribute::platform;
    case audience::Field::language:
      return Attribute::language;
    case audience::Field::timezone:
      return Attribute::time_zone;
    case audience::Field::app_version:
      return Attribute::app_version;
    case audience::Field::sdk_version:
      return Attribute::sdk_version;
    default:
      break;
  }
  TOCSIN_CHECK(false);  // the evaluator asks for attributes only
}

}  // namespace

absl::StatusOr<sets::DeviceSet> StoredTerms::everyone() const {
  return read_set(store_, app_set_prefix(app_));
}

absl::StatusOr<sets::DeviceSet> StoredTerms::tag(std::string_view name) const {
  return read_set(store_, tag_set_prefix(app_, name));
}

absl::StatusOr<sets::DeviceSet> StoredTerms::alias(std::string_view name) const {
  return read_set(store_, attribute_set_prefix(app_, Attribute::alias, name));
}

absl::StatusOr<sets::DeviceSet> StoredTerms::audience(std::string_view name) const {
  auto set = read_set(store_, uploaded_set_prefix(app_, name));
  if (!set.ok() || unknown_ == Unknown::nobody) return set;
  const auto exists = store_.get(Family::meta, uploaded_row_key(app_, name));
  if (!exists.ok()) return exists.status();
  if (exists->has_value()) return set;
  return absl::NotFoundError(
      fmt::format("no audience \"{}\" was uploaded to this app", std::string(name)));
}

absl::StatusOr<sets::DeviceSet> StoredTerms::region(std::string_view prefix) const {
  sets::DeviceSet all;
  const auto rows = store_.rows(Family::sets, attribute_prefix(app_, Attribute::region));
  for (; rows->valid(); rows->next()) {
    const auto cell = value_of_attribute_key(rows->key());
    if (!cell || !cell->starts_with(prefix)) continue;
    const auto part = sets::OrdinalSet::parse(rows->value());
    if (!part) return absl::DataLossError("a row of `sets` is not a set");
    all.unite(partition_of_set_key(rows->key()), *part);
  }
  if (auto status = rows->status(); !status.ok()) return status;
  return all;
}

absl::StatusOr<std::vector<std::string>> StoredTerms::values_of(audience::Field attribute) const {
  std::vector<std::string> values;
  const auto rows = store_.rows(Family::sets, attribute_prefix(app_, attribute_of(attribute)));
  for (; rows->valid(); rows->next()) {
    const auto value = value_of_attribute_key(rows->key());
    if (value && (values.empty() || values.back() != *value)) values.emplace_back(*value);
  }
  if (auto status = rows->status(); !status.ok()) return status;
  return values;
}

absl::StatusOr<sets::DeviceSet> StoredTerms::with_value(audience::Field attribute,
                                                        std::string_view value) const {
  return read_set(store_, attribute_set_prefix(app_, attribute_of(attribute), value));
}

// A clock that runs ahead may have filed devices under tomorrow.
absl::StatusOr<sets::DeviceSet> StoredTerms::seen_since(uint32_t day) const {
  sets::DeviceSet all;
  for (; day <= today_ + 1; ++day) {
    const auto seen = read_set(store_, seen_set_prefix(app_, day));
    if (!seen.ok()) return seen.status();
    all.unite(*seen);
  }
  return all;
}

absl::StatusOr<sets::DeviceSet> find_audience(const Store& store, AppId app,
                                              std::string_view expression, uint64_t now_ms,
                                              StoredTerms::Unknown unknown) {
  const auto parsed = audience::parse(expression);
  if (!parsed.ok()) return parsed.status();
  const uint32_t today = day_of(now_ms);
  return audience::evaluate(*parsed, StoredTerms(store, app, today, unknown), today);
}

}  // namespace tocsin::storage
