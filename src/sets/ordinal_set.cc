#include "sets/ordinal_set.h"

#include <utility>

#include <roaring/roaring.h>

#include "sets/roaring_format.h"

namespace tocsin::sets {

// An empty set owns nothing: most (message, partition) pairs have one.
struct OrdinalSet::Impl {
  explicit Impl(roaring_bitmap_t* bitmap) : bitmap(bitmap) {}
  ~Impl() { roaring_bitmap_free(bitmap); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  static std::unique_ptr<Impl> make() { return std::make_unique<Impl>(roaring_bitmap_create()); }

  roaring_bitmap_t* bitmap;
};

OrdinalSet::OrdinalSet() = default;
OrdinalSet::~OrdinalSet() = default;
OrdinalSet::OrdinalSet(OrdinalSet&&) noexcept = default;
OrdinalSet& OrdinalSet::operator=(OrdinalSet&&) noexcept = default;

OrdinalSet::OrdinalSet(const OrdinalSet& other) {
  if (other.impl_) impl_ = std::make_unique<Impl>(roaring_bitmap_copy(other.impl_->bitmap));
}

OrdinalSet& OrdinalSet::operator=(const OrdinalSet& other) {
  if (this != &other) *this = OrdinalSet(other);
  return *this;
}

void OrdinalSet::add(uint32_t value) {
  if (!impl_) impl_ = Impl::make();
  roaring_bitmap_add(impl_->bitmap, value);
}

void OrdinalSet::remove(uint32_t value) {
  if (impl_) roaring_bitmap_remove(impl_->bitmap, value);
}

void OrdinalSet::add_below(uint32_t end) {
  if (end == 0) return;
  if (!impl_) impl_ = Impl::make();
  roaring_bitmap_add_range_closed(impl_->bitmap, 0, end - 1);
}

bool OrdinalSet::contains(uint32_t value) const {
  return impl_ && roaring_bitmap_contains(impl_->bitmap, value);
}

uint64_t OrdinalSet::size() const {
  return impl_ ? roaring_bitmap_get_cardinality(impl_->bitmap) : 0;
}

bool OrdinalSet::empty() const { return !impl_ || roaring_bitmap_is_empty(impl_->bitmap); }

void OrdinalSet::unite(const OrdinalSet& other) {
  if (!other.impl_ || this == &other) return;
  if (!impl_) {
    *this = other;
    return;
  }
  roaring_bitmap_or_inplace(impl_->bitmap, other.impl_->bitmap);
}

void OrdinalSet::subtract(const OrdinalSet& other) {
  if (this == &other) {
    impl_.reset();
  } else if (impl_ && other.impl_) {
    roaring_bitmap_andnot_inplace(impl_->bitmap, other.impl_->bitmap);
  }
}

void OrdinalSet::intersect(const OrdinalSet& other) {
  if (this == &other) return;
  if (!other.impl_) {
    impl_.reset();
  } else if (impl_) {
    roaring_bitmap_and_inplace(impl_->bitmap, other.impl_->bitmap);
  }
}

uint64_t OrdinalSet::size_of_difference(const OrdinalSet& other) const {
  if (!impl_ || this == &other) return 0;
  if (!other.impl_) return size();
  return roaring_bitmap_andnot_cardinality(impl_->bitmap, other.impl_->bitmap);
}

size_t OrdinalSet::read_from(uint32_t from, uint32_t* out, size_t room) const {
  if (!impl_) return 0;
  roaring_uint32_iterator_t at;
  roaring_init_iterator(impl_->bitmap, &at);
  if (!roaring_move_uint32_iterator_equalorlarger(&at, from)) return 0;
  return roaring_read_uint32_iterator(&at, out, static_cast<uint32_t>(room));
}

void OrdinalSet::shrink() {
  if (empty()) {
    impl_.reset();
    return;
  }
  roaring_bitmap_run_optimize(impl_->bitmap);
  roaring_bitmap_shrink_to_fit(impl_->bitmap);
}

std::string OrdinalSet::serialize() const {
  OrdinalSet compact = *this;
  if (!compact.impl_) compact.impl_ = Impl::make();
  // Runs are undone first: where a run takes as much as a list, run_optimize() leaves what it
  // finds, and the bytes would depend on how the set was made.
  roaring_bitmap_remove_run_compression(compact.impl_->bitmap);
  roaring_bitmap_run_optimize(compact.impl_->bitmap);
  std::string bytes(roaring_bitmap_portable_size_in_bytes(compact.impl_->bitmap), '\0');
  roaring_bitmap_portable_serialize(compact.impl_->bitmap, bytes.data());
  return bytes;
}

// The library's safe reader keeps within the bytes but believes what they say. Walking the values
// once proves that they rise and that there are as many as promised.
std::optional<OrdinalSet> OrdinalSet::parse(std::string_view bytes) {
  if (!is_roaring_set(bytes)) return std::nullopt;
  roaring_bitmap_t* bitmap = roaring_bitmap_portable_deserialize_safe(bytes.data(), bytes.size());
  if (bitmap == nullptr) return std::nullopt;
  OrdinalSet set;
  set.impl_ = std::make_unique<Impl>(bitmap);
  if (roaring_bitmap_is_empty(bitmap)) set.impl_.reset();
  return set;
}

bool OrdinalSet::operator==(const OrdinalSet& other) const {
  if (empty() || other.empty()) return empty() == other.empty();
  return roaring_bitmap_equals(impl_->bitmap, other.impl_->bitmap);
}

}  // namespace tocsin::sets
