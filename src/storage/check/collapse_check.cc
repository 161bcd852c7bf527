#include "storage/check/collapse_check.h"

#include <fmt/format.h>

#include "base/fixed_int.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::storage {
namespace {

void check_collapse_row(StoreUnderCheck& checked, std::string_view key, std::string_view value) {
  internal::CollapseRow row;
  const bool parsed = row.ParseFromArray(value.data(), static_cast<int>(value.size()));
  if (key.size() <= app_key({}).size() || !parsed || row.message_ids_size() == 0) {
    return checked.finding(Family::collapse, key, "is not the messages of a collapse key");
  }
  const auto app = get_be<uint32_t>(key);
  if (!checked.known.apps.contains(app)) {
    checked.finding(Family::collapse, key,
                    fmt::format("belongs to app number {}, which does not exist", app));
  }
}

}  // namespace

void check_collapse(StoreUnderCheck& checked) {
  checked.each_row(Family::collapse,
                   [&](auto key, auto value) { check_collapse_row(checked, key, value); });
}

}  // namespace tocsin::storage
