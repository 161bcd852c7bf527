#include "sets/roaring_format.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>

namespace tocsin::sets {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little endian");

constexpr uint32_t cookie_with_runs = 12347;
constexpr uint32_t cookie_without_runs = 12346;
constexpr uint32_t containers_max = 1u << 16;
// A set with runs and fewer containers than this has no table of offsets.
constexpr uint32_t offsets_from = 4;
constexpr uint32_t array_values_max = 4096;
constexpr size_t bitset_words = 1024;

// Takes numbers off the front of bytes.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <typename Number>
  std::optional<Number> take() {
    Number number;
    if (bytes_.size() - at_ < sizeof number) return std::nullopt;
    std::memcpy(&number, bytes_.data() + at_, sizeof number);
    at_ += sizeof number;
    return number;
  }
  // nullptr when fewer are left.
  const char* take_bytes(size_t count) {
    if (bytes_.size() - at_ < count) return nullptr;
    at_ += count;
    return bytes_.data() + at_ - count;
  }
  size_t position() const { return at_; }
  bool at_end() const { return at_ == bytes_.size(); }

 private:
  std::string_view bytes_;
  size_t at_ = 0;
};

uint16_t word16(const char* bytes, size_t index) {
  uint16_t word;
  std::memcpy(&word, bytes + index * sizeof word, sizeof word);
  return word;
}

bool is_array(Reader& reader, uint32_t values) {
  const char* bytes = reader.take_bytes(values * sizeof(uint16_t));
  if (bytes == nullptr) return false;
  bool rising = true;
  for (uint32_t i = 1; i < values; ++i) rising &= word16(bytes, i - 1) < word16(bytes, i);
  return rising;
}

bool is_bitset(Reader& reader, uint32_t values) {
  const char* bytes = reader.take_bytes(bitset_words * sizeof(uint64_t));
  if (bytes == nullptr) return false;
  uint32_t count = 0;
  for (size_t i = 0; i < bitset_words; ++i) {
    uint64_t word;
    std::memcpy(&word, bytes + i * sizeof word, sizeof word);
    count += static_cast<uint32_t>(std::popcount(word));
  }
  return count == values;
}

bool is_runs(Reader& reader, uint32_t values) {
  const auto runs = reader.take<uint16_t>();
  if (!runs) return false;
  const char* bytes = reader.take_bytes(size_t{*runs} * 2 * sizeof(uint16_t));
  if (bytes == nullptr) return false;
  uint32_t count = 0;
  uint32_t free = 0;  // the first value after the previous run
  for (size_t i = 0; i < *runs; ++i) {
    const uint32_t first = word16(bytes, 2 * i);
    const uint32_t last = first + word16(bytes, 2 * i + 1);
    if (first < free || last > UINT16_MAX) return false;
    free = last + 1;
    count += last - first + 1;
  }
  return count == values;
}

bool has_run_flag(const char* flags, uint32_t container) {
  return flags != nullptr && (flags[container / 8] >> (container % 8) & 1) != 0;
}

}  // namespace

bool is_roaring_set(std::string_view bytes) {
  Reader reader(bytes);
  const auto cookie = reader.take<uint32_t>();
  if (!cookie) return false;
  const bool with_runs = (*cookie & 0xffff) == cookie_with_runs;
  if (!with_runs && *cookie != cookie_without_runs) return false;
  const auto containers = with_runs ? std::optional((*cookie >> 16) + 1) : reader.take<uint32_t>();
  if (!containers || *containers > containers_max) return false;
  const char* flags = with_runs ? reader.take_bytes((*containers + 7) / 8) : nullptr;
  if (with_runs && flags == nullptr) return false;
  const char* heads = reader.take_bytes(size_t{*containers} * 2 * sizeof(uint16_t));
  if (heads == nullptr) return false;
  const bool has_offsets = !with_runs || *containers >= offsets_from;
  const char* offsets =
      has_offsets ? reader.take_bytes(size_t{*containers} * sizeof(uint32_t)) : heads;
  if (offsets == nullptr) return false;
  for (uint32_t i = 0; i < *containers; ++i) {
    if (i > 0 && word16(heads, 2 * i) <= word16(heads, 2 * i - 2)) return false;
    if (has_offsets) {
      uint32_t offset;
      std::memcpy(&offset, offsets + i * sizeof offset, sizeof offset);
      if (offset != reader.position()) return false;
    }
    const uint32_t values = uint32_t{word16(heads, 2 * i + 1)} + 1;
    const bool good = has_run_flag(flags, i)       ? is_runs(reader, values)
                      : values <= array_values_max ? is_array(reader, values)
                                                   : is_bitset(reader, values);
    if (!good) return false;
  }
  return reader.at_end();
}

}  // namespace tocsin::sets
