#include "storage/check/store_under_check.h"

#include <algorithm>
#include <fmt/format.h>

namespace tocsin::storage {
namespace {

constexpr std::array<std::string_view, families> family_names = {
    "default",  "devices",  "sets",        "inbox",    "casts",   "apps",    "meta",
    "ordinals", "collapse", "idempotency", "schedule", "details", "webhooks"};

std::string_view name_of(Family family) { return family_names[static_cast<size_t>(family)]; }

// Letters as they are, everything else as \xNN: prefixes and tags can be read.
std::string text_of(std::string_view key) {
  std::string text;
  for (const char c : key) {
    const bool plain = c > ' ' && c <= '~' && c != '\\';
    text += plain ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  return text;
}

}  // namespace

bool KnownRows::is_assigned(DeviceRef device) const {
  return device.partition < next_ordinals.size() &&
         device.ordinal < next_ordinals[device.partition] && !free_ordinals.contains(device);
}

bool KnownRows::has_books(const BookId& book) const {
  return std::binary_search(books.begin(), books.end(),
                            std::pair(book.message.value, book.expires_at_ms));
}

void StoreUnderCheck::each_row(Family family, CheckRow check) {
  const std::string what = fmt::format("rows, now in `{}`,", name_of(family));
  const auto rows = store_.rows(family, {});
  std::string last;
  for (; rows->valid(); rows->next()) {
    report_.progress(what, ++known.rows);
    last = rows->key();
    check(rows->key(), rows->value());
  }
  const auto status = rows->status();
  if (status.ok()) return;
  finding(fmt::format("the rows of `{}` after {} cannot be read: {}", name_of(family),
                      last.empty() ? "its beginning" : text_of(last),
                      std::string(status.message())));
}

void StoreUnderCheck::finding(Family family, std::string_view key, std::string_view what) {
  finding(fmt::format("row {} of `{}`: {}", text_of(key), name_of(family), what));
}

}  // namespace tocsin::storage
