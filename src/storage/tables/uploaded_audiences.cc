#include "storage/tables/uploaded_audiences.h"

#include "storage/store/keys.h"

namespace tocsin::storage {
namespace {

// How large an audience name's prefix in a key of `meta` is: the family's letter, app and length.
constexpr size_t name_head_bytes = 1 + 4 + 1;

}  // namespace

absl::StatusOr<std::vector<std::string>> uploaded_names(const Store& store, AppId app) {
  std::vector<std::string> names;
  const auto rows = store.rows(Family::meta, uploaded_prefix(app));
  for (; rows->valid(); rows->next()) names.emplace_back(rows->key().substr(name_head_bytes));
  if (auto status = rows->status(); !status.ok()) return status;
  return names;
}

}  // namespace tocsin::storage
