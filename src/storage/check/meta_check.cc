#include "storage/check/meta_check.h"

#include <fmt/format.h>

#include "base/fixed_int.h"
#include "storage/tables/apps.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {
namespace {

// 'U' | app u32 | length u8 | name
bool is_uploaded_row_key(std::string_view key) {
  const size_t head = uploaded_prefix(AppId{}).size() + 1;
  return key.size() >= head && key[0] == uploaded_prefix(AppId{})[0] &&
         key.size() == head + static_cast<uint8_t>(key[head - 1]);
}

void check_next_ordinal(StoreUnderCheck& checked, std::string_view key, std::string_view value) {
  const uint32_t partition = partition_of_set_key(key);
  if (key != next_ordinal_key(partition) || partition >= limits::partitions || value.size() != 4) {
    return checked.finding(Family::meta, key, "is not the next ordinal of a partition");
  }
  checked.known.next_ordinals[partition] = get_le<uint32_t>(value);
}

void check_device_count(StoreUnderCheck& checked, std::string_view key, std::string_view value) {
  if (key.size() != 1 + 4 || value.size() != 8) {
    return checked.finding(Family::meta, key, "is not the number of devices of an app");
  }
  const auto app = get_be<uint32_t>(key.substr(1));
  const auto count = get_le<uint64_t>(value);
  checked.known.device_counts[app] = count;
}

void check_free_ordinal(StoreUnderCheck& checked, std::string_view key) {
  const auto free = free_ordinal_of_key(key);
  if (!free || free->place.partition >= limits::partitions) {
    return checked.finding(Family::meta, key, "is not an ordinal to be given again");
  }
  if (checked.known.free_ordinals.contains(free->place)) {
    checked.finding(Family::meta, key,
                    fmt::format("ordinal {} of partition {} is to be given again twice",
                                free->place.ordinal, free->place.partition));
  }
  checked.known.free_ordinals.add(free->place);
}

// A new kind of row in `meta` is a line here.
void check_meta_row(StoreUnderCheck& checked, std::string_view key, std::string_view value) {
  if (key == format_key || key == state_key || key == retention_key)
    return;  // opening the store has read them
  if (key.size() > partition_bytes && key[0] == next_ordinals) {
    check_next_ordinal(checked, key, value);
  } else if (key.starts_with(device_counts)) {
    check_device_count(checked, key, value);
  } else if (key.starts_with(free_ordinals)) {
    check_free_ordinal(checked, key);
  } else if (is_uploaded_row_key(key)) {
    return;  // its existence is all it says
  } else {
    checked.finding(Family::meta, key, "is of a kind this tocsind does not know");
  }
}

void check_app_keys(StoreUnderCheck& checked, std::string_view key, const cluster::AppConfig& app) {
  std::set<std::string> ids;
  for (const cluster::AppKey& of_app : app.keys) {
    if (ids.insert(of_app.id).second) continue;
    checked.finding(Family::apps, key, fmt::format("has two keys '{}'", of_app.id));
  }
  if (ids.size() > limits::keys_per_app_max) {
    checked.finding(Family::apps, key, fmt::format("has {} keys", ids.size()));
  }
}

void check_app_row(StoreUnderCheck& checked, std::set<std::string>& names, std::string_view key,
                   std::string_view value) {
  internal::AppRow app;
  const bool parsed = app.ParseFromArray(value.data(), static_cast<int>(value.size()));
  const auto config = parsed ? config_of(app) : std::nullopt;
  if (!config) return checked.finding(Family::apps, key, "is not an app");
  if (key != app_key(config->id)) {
    return checked.finding(Family::apps, key, fmt::format("holds app number {}", app.app_id()));
  }
  check_app_keys(checked, key, *config);
  if (!names.insert(app.name()).second) {
    checked.finding(Family::apps, key, fmt::format("a second app '{}'", app.name()));
  }
  checked.known.apps.insert(app.app_id());
}

}  // namespace

void check_meta(StoreUnderCheck& checked) {
  checked.each_row(Family::meta,
                   [&](auto key, auto value) { check_meta_row(checked, key, value); });
  std::set<std::string> names;
  checked.each_row(Family::apps,
                   [&](auto key, auto value) { check_app_row(checked, names, key, value); });
  checked.each_row(Family::other, [&](auto key, auto) {
    checked.finding(Family::other, key, "nothing belongs into this family");
  });
}

}  // namespace tocsin::storage
