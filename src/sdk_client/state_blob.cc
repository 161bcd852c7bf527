#include "sdk_client/state_blob.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace tocsin::sdk_client {
namespace {

constexpr std::array<uint8_t, 4> magic = {'T', 'C', 'S', 2};
constexpr size_t fingerprint_bytes = 4;
constexpr size_t check_bytes = 4;

bool has_fingerprint(ByteView blob) { return blob[3] != 1; }

// Everything before the message ids.
size_t head_bytes_of(ByteView blob) {
  const size_t head_bytes = state_blob_bytes(0) - check_bytes;
  return has_fingerprint(blob) ? head_bytes : head_bytes - fingerprint_bytes;
}

uint32_t crc32(ByteView bytes) {
  uint32_t crc = 0xffffffff;
  for (const uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xedb88320 & (0 - (crc & 1)));
  }
  return ~crc;
}

class Writer {
 public:
  explicit Writer(MutableBytes out) : out_(out) {}
  void bytes(ByteView value) {
    std::copy(value.begin(), value.end(), out_.begin() + used_);
    used_ += value.size();
  }
  void number(uint64_t value, size_t size) {
    while (size-- > 0) out_[used_++] = static_cast<uint8_t>(value >> (8 * size));
  }
  size_t used() const { return used_; }

 private:
  MutableBytes out_;
  size_t used_ = 0;
};

class Reader {
 public:
  explicit Reader(ByteView in) : in_(in) {}
  void bytes(MutableBytes value) {
    std::copy_n(in_.begin() + used_, value.size(), value.begin());
    used_ += value.size();
  }
  uint64_t number(size_t size) {
    uint64_t value = 0;
    while (size-- > 0) value = value << 8 | in_[used_++];
    return value;
  }

 private:
  ByteView in_;
  size_t used_ = 0;
};

}  // namespace

size_t write_state_blob(const ClientIdentity& identity, const DuplicateWindow& window,
                        MutableBytes out) {
  TOCSIN_CHECK(out.size() >= state_blob_bytes(window.size()));
  Writer writer(out);
  writer.bytes(magic);
  writer.bytes(identity.install_nonce);
  writer.number(identity.app.value, 4);
  writer.number(identity.key_epoch, 4);
  writer.bytes(identity.device.view());
  writer.bytes(identity.device_secret);
  writer.number(identity.attributes_told, fingerprint_bytes);
  writer.number(window.size(), 2);
  for (size_t age = window.size(); age > 0; --age) writer.number(window.newest(age - 1).value, 8);
  writer.number(crc32(out.first(writer.used())), check_bytes);
  return writer.used();
}

bool read_identity(ByteView blob, ClientIdentity& identity) {
  if (blob.size() < state_blob_bytes(0) - fingerprint_bytes) return false;
  if (!std::equal(magic.begin(), magic.end() - 1, blob.begin())) return false;
  if (blob[3] != 1 && blob[3] != magic[3]) return false;
  const size_t head_bytes = head_bytes_of(blob);
  const size_t body_bytes = blob.size() - check_bytes;
  if (body_bytes < head_bytes) return false;
  if (Reader(blob.subspan(body_bytes)).number(check_bytes) != crc32(blob.first(body_bytes))) {
    return false;
  }
  const size_t ids = Reader(blob.subspan(head_bytes - 2)).number(2);
  if (body_bytes != head_bytes + 8 * ids) return false;
  Reader reader(blob.subspan(magic.size()));
  reader.bytes(identity.install_nonce);
  identity.app.value = static_cast<uint32_t>(reader.number(4));
  identity.key_epoch = static_cast<uint32_t>(reader.number(4));
  reader.bytes(identity.device.bytes);
  reader.bytes(identity.device_secret);
  if (has_fingerprint(blob)) {
    identity.attributes_told = static_cast<uint32_t>(reader.number(fingerprint_bytes));
  }
  return true;
}

void restore_window(ByteView blob, ClientFsm& fsm) {
  Reader reader(blob.subspan(head_bytes_of(blob) - 2));
  for (size_t ids = reader.number(2); ids > 0; --ids) fsm.remember(MessageId{reader.number(8)});
}

}  // namespace tocsin::sdk_client
