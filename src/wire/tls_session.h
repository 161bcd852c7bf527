// TlsSession: an established TLS 1.3 connection without its SSL object.
//
// OpenSSL does the handshake; runtime/tls/tls_handshake.h then takes the traffic secrets out and
// frees the SSL object, which would cost 14 KB or more per idle device. What is left is this value:
// secret, key, iv and sequence number for each of two directions, 176 bytes. seal() and feed() are
// the whole record layer (RFC 8446 section 5): inner content types and padding, alerts, KeyUpdate
// in both directions, record and sequence limits. Facts and traps: docs/decisions/0002.
//
//   open --close_notify received--> closed by peer --seal_close--> closed
//     \--any violation: feed() gives the alert to send--> failed
//
// It does no I/O. One TlsEngine per thread holds the library's cipher contexts, re-keyed for each
// record: keeping a key schedule per connection costs more in cache misses than it saves.
//
// Never copy a session that may still seal: sealing twice under one nonce breaks AES-GCM.
//
// Thread: owned by one shard, with that shard's TlsEngine.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/limits.h"
#include "wire/code.h"

namespace tocsin::wire {

// Both use SHA-256, so every secret is 32 bytes. TLS_AES_256_GCM_SHA384 is not offered: its 48-byte
// secrets would cost each idle connection 64 bytes more for no gain in practice.
enum class CipherSuite : uint8_t { aes_128_gcm_sha256 = 1, chacha20_poly1305_sha256 = 3 };

// RFC 8446 section 6: the alerts this layer sends.
enum class TlsAlert : uint8_t {
  close_notify = 0,
  unexpected_message = 10,
  bad_record_mac = 20,
  record_overflow = 22,
  illegal_parameter = 47,
  decode_error = 50,
  internal_error = 80,
};

class TlsEngine;

class TlsSession {
 public:
  enum class Role : uint8_t { server, client };
  using TrafficSecret = std::array<uint8_t, 32>;

  TlsSession() = default;
  TlsSession(const TlsSession&) = delete;
  TlsSession(TlsSession&& from) noexcept;  // `from` is left empty and cleansed
  TlsSession& operator=(TlsSession&& from) noexcept;
  ~TlsSession();  // cleanses the secrets

  // Take over right after the handshake: the application traffic secrets of both directions and
  // how many records were already sealed under `write` (the server's NewSessionTickets) and read
  // under `read` (the tickets a client waited for). `fragment_bytes_max` is the negotiated
  // max_fragment_length, or 16384. malformed: it is not a power of two in 512..16384.
  Code take_over(Role role, CipherSuite suite, const TrafficSecret& read,
                 const TrafficSecret& write, uint64_t records_written, uint16_t fragment_bytes_max,
                 uint64_t records_read = 0);

  // What feed() found besides application data.
  struct Fed {
    // ok; closed: the peer ended the connection, see `alert`; anything else, the connection has
    // failed: too_large, overloaded (a flood), unauthenticated (tag), malformed, internal.
    Code code = Code::ok;
    // Bytes of `in` consumed: whole records only; all of it when closed.
    size_t used = 0;
    // Failed: to be sent with seal_alert(). Closed: what the peer sent; after anything but
    // close_notify nothing more may be sent, and every seal returns wrong_state.
    TlsAlert alert = TlsAlert::internal_error;
  };

  // Decrypt the whole records at the front of `in`, in place, and append their application data to
  // `data`. Leaves an incomplete record unconsumed (at most 16 KB + 261 bytes: the caller keeps
  // it). When the peer asked for a KeyUpdate, the answer is appended to `reply` as sealed bytes,
  // one for all requests in this call, which must be sent before anything sealed later. Once it has
  // returned anything but ok, all further input is swallowed and gives closed.
  Fed feed(TlsEngine& engine, MutableBytes in, Bytes& data, Bytes& reply);

  // Append `data` as application-data records to `out`, in fragments of the negotiated size, with
  // a KeyUpdate in front when the sequence number reaches its limit. The caller must send what was
  // appended, in order, exactly once. Empty data appends nothing. `data` must not lie in `out`.
  // wrong_state: an alert was sealed or the session is empty. internal: the connection is unusable.
  Code seal(TlsEngine& engine, ByteView data, Bytes& out);

  // Append an alert record; after it nothing may be sealed (wrong_state).
  Code seal_alert(TlsEngine& engine, TlsAlert alert, Bytes& out);

  // Append a KeyUpdate(request ? update_requested : update_not_requested) and switch keys.
  Code seal_key_update(TlsEngine& engine, bool request, Bytes& out);

  // Bytes that seal() of `data_bytes` in one record adds: header, inner type, tag.
  static constexpr size_t overhead_bytes = limits::tls_header_bytes + 1 + limits::tls_tag_bytes;

  CipherSuite suite() const { return suite_; }
  // Records under the present key of each direction: the next sequence number.
  uint64_t records_read() const { return read_seq_; }
  uint64_t records_written() const { return write_seq_; }

  // Pretend that this many records were sent and read under the present keys, to reach the limits
  // in a test.
  void set_sequence_numbers_for_test(uint64_t read, uint64_t write) {
    read_seq_ = read;
    write_seq_ = write;
  }

 private:
  // What became of one record: ok, or what feed() is to say.
  struct Verdict {
    Code code = Code::ok;
    TlsAlert alert = TlsAlert::internal_error;
  };
  struct Content {
    uint8_t type = 0;
    ByteView bytes;
  };

  TlsSession& operator=(const TlsSession&) = default;  // for the moves only
  void clear();

  Verdict open_record(TlsEngine& engine, MutableBytes record, Content& content);
  Verdict on_content(const Content& content, Bytes& data, bool& answer_wanted);
  Verdict on_application_data(ByteView bytes, Bytes& data);
  Verdict on_alert(ByteView bytes);
  Verdict on_handshake(ByteView bytes, bool& answer_wanted);
  Verdict on_handshake_head(uint8_t next);
  Verdict on_key_update(uint8_t request, bool& answer_wanted);
  Verdict count_empty_record();
  void pass_over_ticket(ByteView& bytes);

  Code seal_record(TlsEngine& engine, uint8_t inner_type, ByteView content, Bytes& out);

  // Sealing touches the first 60 bytes only: one cache line of a cold session, or two.
  uint64_t write_seq_ = 0;
  std::array<uint8_t, 32> write_key_{};  // 16 used by AES-128
  std::array<uint8_t, 12> write_iv_{};
  // Type and remaining length of a handshake message that continues in the next record; the first
  // handshake_bytes_ of these bytes have arrived. Only KeyUpdate, and for a client
  // NewSessionTicket, get this far; a body is acted on or passed over, never kept.
  std::array<uint8_t, 4> handshake_head_{};
  uint8_t key_updates_in_row_ = 0;
  uint8_t empty_records_in_row_ = 0;
  // log2 of the fragment limit; 14 unless max_fragment_length was negotiated.
  uint8_t fragment_bits_ = 14;
  CipherSuite suite_ : 2 = CipherSuite::aes_128_gcm_sha256;
  Role role_ : 1 = Role::server;
  uint8_t read_closed_ : 1 = 1;
  uint8_t write_closed_ : 1 = 1;
  uint8_t handshake_bytes_ : 3 = 0;
  std::array<uint8_t, 12> read_iv_{};
  uint64_t read_seq_ = 0;
  std::array<uint8_t, 32> read_key_{};
  std::array<uint8_t, 32> read_secret_{};
  std::array<uint8_t, 32> write_secret_{};
};

// Multiply by a million idle devices before you raise this.
static_assert(sizeof(TlsSession) <= 176);

// AES-128-GCM of one short record, by something faster than OpenSSL's EVP (runtime/tls/fast_gcm.h).
class Aes128GcmSealer {
 public:
  virtual ~Aes128GcmSealer() = default;
  // Encrypt `in_out` in place under the 16 bytes at `key`; the tag goes to the 16 bytes at `tag`,
  // which may lie right after in_out. `header` is the additional data.
  virtual void seal(const uint8_t* key, const std::array<uint8_t, 12>& nonce, ByteView header,
                    MutableBytes in_out, uint8_t* tag) = 0;
};

// The cipher contexts of one thread.
class TlsEngine {
 public:
  TlsEngine();
  ~TlsEngine();
  TlsEngine(const TlsEngine&) = delete;
  TlsEngine& operator=(const TlsEngine&) = delete;

  // Seal AES-128 records of at most fast_bytes_max with `sealer` from now on, if it gives the same
  // bytes as OpenSSL for records of many lengths; otherwise drop it and return false.
  bool use(std::unique_ptr<Aes128GcmSealer> sealer);
  // EVP is faster for long records.
  static constexpr size_t fast_bytes_max = 1024;

  // nonce = iv XOR sequence number (RFC 8446 section 5.3); additional data = the record header.
  // `key` has 16 bytes for AES-128, 32 for ChaCha20.
  // seal: encrypts `in` and then the inner type to `out`, which has room for in.size() + 1 +
  // tls_tag_bytes; `in` may not overlap `out`. open: decrypts the ciphertext with its tag in place,
  // leaving in_out.size() - tls_tag_bytes bytes at its front; false when the tag does not match.
  bool seal(CipherSuite suite, const uint8_t* key, const std::array<uint8_t, 12>& iv, uint64_t seq,
            ByteView header, ByteView in, uint8_t inner_type, uint8_t* out);
  bool open(CipherSuite suite, const uint8_t* key, const std::array<uint8_t, 12>& iv, uint64_t seq,
            ByteView header, MutableBytes in_out);

 private:
  struct Contexts;
  bool seal_by_evp(CipherSuite suite, const uint8_t* key, const std::array<uint8_t, 12>& nonce,
                   ByteView header, MutableBytes in_out, uint8_t* tag);
  bool gives_the_same(Aes128GcmSealer& sealer, size_t bytes);

  std::unique_ptr<Contexts> contexts_;
  std::unique_ptr<Aes128GcmSealer> sealer_;
};

}  // namespace tocsin::wire
