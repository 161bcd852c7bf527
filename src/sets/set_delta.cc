#include "sets/set_delta.h"

#include "base/fixed_int.h"

namespace tocsin::sets {
namespace {

std::string bytes_of(const OrdinalSet& set) {
  return set.empty() ? std::string() : set.serialize();
}

std::optional<OrdinalSet> set_of(std::string_view bytes) {
  return bytes.empty() ? OrdinalSet() : OrdinalSet::parse(bytes);
}

}  // namespace

void SetDelta::then(const SetDelta& next) {
  add.subtract(next.remove);
  add.unite(next.add);
  remove.unite(next.remove);
}

void SetDelta::apply_to(OrdinalSet& set) const {
  set.subtract(remove);
  set.unite(add);
}

std::string SetDelta::serialize() const {
  const std::string added = bytes_of(add);
  std::string out;
  put_le(static_cast<uint32_t>(added.size()), out);
  out += added;
  out += bytes_of(remove);
  return out;
}

std::optional<SetDelta> SetDelta::parse(std::string_view bytes) {
  if (bytes.size() < 4) return std::nullopt;
  const size_t add_bytes = get_le<uint32_t>(bytes);
  bytes.remove_prefix(4);
  if (add_bytes > bytes.size()) return std::nullopt;
  auto add = set_of(bytes.substr(0, add_bytes));
  auto remove = set_of(bytes.substr(add_bytes));
  if (!add || !remove) return std::nullopt;
  return SetDelta{std::move(*add), std::move(*remove)};
}

}  // namespace tocsin::sets
