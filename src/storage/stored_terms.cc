#include "storage/stored_terms.h"

#include <fmt/format.h>

#include "base/check.h"
#include "storage/audience_parser.h"
#include "storage/expiry.h"
#include "storage/keys.h"
#include "storage/sets.h"

namespace tocsin::storage {
namespace {

Attribute attribute_of(AudienceField field) {
  switch (field) {
    case AudienceField::platform:
      return Attribute::platform;
    case AudienceField::language:
      return Attribute::language;
    case AudienceField::timezone:
      return Attribute::time_zone;
    case AudienceField::app_version:
      return Attribute::app_version;
    case AudienceField::sdk_version:
      return Attribute::sdk_version;
    default:
      break;
  }
  TOCSIN_CHECK(false);  // the evaluator asks for attributes only
}

}  // namespace

absl::StatusOr<ShardedSet> StoredTerms::everyone() const {
  return read_set(store_, app_set_prefix(app_));
}

absl::StatusOr<ShardedSet> StoredTerms::tag(std::string_view name) const {
  return read_set(store_, tag_set_prefix(app_, name));
}

absl::StatusOr<ShardedSet> StoredTerms::alias(std::string_view name) const {
  return read_set(store_, attribute_set_prefix(app_, Attribute::alias, name));
}

absl::StatusOr<ShardedSet> StoredTerms::audience(std::string_view name) const {
  auto set = read_set(store_, uploaded_set_prefix(app_, name));
  if (!set.ok() || unknown_ == Unknown::nobody) return set;
  const auto exists = store_.get(Family::meta, uploaded_row_key(app_, name));
  if (!exists.ok()) return exists.status();
  if (exists->has_value()) return set;
  return absl::NotFoundError(
      fmt::format("no audience \"{}\" was uploaded to this app", std::string(name)));
}

absl::StatusOr<ShardedSet> StoredTerms::region(std::string_view prefix) const {
  ShardedSet all;
  const auto rows = store_.rows(Family::sets, attribute_prefix(app_, Attribute::region));
  for (; rows->valid(); rows->next()) {
    const auto cell = value_of_attribute_key(rows->key());
    if (!cell || !cell->starts_with(prefix)) continue;
    const auto part = OrdinalSet::parse(rows->value());
    if (!part) return absl::DataLossError("a row of `sets` is not a set");
    all.unite(shard_of_set_key(rows->key()), *part);
  }
  if (auto status = rows->status(); !status.ok()) return status;
  return all;
}

absl::StatusOr<std::vector<std::string>> StoredTerms::values_of(AudienceField attribute) const {
  std::vector<std::string> values;
  const auto rows = store_.rows(Family::sets, attribute_prefix(app_, attribute_of(attribute)));
  for (; rows->valid(); rows->next()) {
    const auto value = value_of_attribute_key(rows->key());
    if (value && (values.empty() || values.back() != *value)) values.emplace_back(*value);
  }
  if (auto status = rows->status(); !status.ok()) return status;
  return values;
}

absl::StatusOr<ShardedSet> StoredTerms::with_value(AudienceField attribute,
                                                   std::string_view value) const {
  return read_set(store_, attribute_set_prefix(app_, attribute_of(attribute), value));
}

// A clock that is ahead may have filed devices under tomorrow.
absl::StatusOr<ShardedSet> StoredTerms::seen_since(uint32_t day) const {
  ShardedSet all;
  for (; day <= today_ + 1; ++day) {
    const auto seen = read_set(store_, seen_set_prefix(app_, day));
    if (!seen.ok()) return seen.status();
    all.unite(*seen);
  }
  return all;
}

absl::StatusOr<ShardedSet> find_audience(const Store& store, AppId app, std::string_view expression,
                                         uint64_t now_ms, StoredTerms::Unknown unknown) {
  const auto parsed = parse_audience(expression);
  if (!parsed.ok()) return parsed.status();
  const uint32_t today = day_of(now_ms);
  return evaluate_audience(*parsed, StoredTerms(store, app, today, unknown), today);
}

}  // namespace tocsin::storage
