#include "wire/tls_session.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "wire/tls_key_schedule.h"

namespace tocsin::wire {
namespace {

// RFC 8446 section 5.1 and section 4: the types this layer meets after the handshake.
constexpr uint8_t type_alert = 21;
constexpr uint8_t type_handshake = 22;
constexpr uint8_t type_application_data = 23;
constexpr uint8_t message_new_session_ticket = 4;
constexpr uint8_t message_key_update = 24;

// Alert descriptions a peer may send that do not end the connection with an error.
constexpr uint8_t alert_close_notify = 0;
constexpr uint8_t alert_user_canceled = 90;
constexpr uint8_t alert_level_warning = 1;
constexpr uint8_t alert_level_fatal = 2;

// Shortest and longest body of a NewSessionTicket (section 4.6.1).
constexpr uint32_t ticket_bytes_min = 4 + 4 + 1 + (2 + 1) + 2;
constexpr uint32_t ticket_bytes_max = 4 + 4 + (1 + 255) + (2 + 65'535) + (2 + 65'534);

constexpr size_t inner_bytes_max = limits::tls_plaintext_bytes_max + 1;
constexpr size_t ciphertext_bytes_max =
    limits::tls_plaintext_bytes_max + limits::tls_expansion_bytes_max;

constexpr size_t ciphertext_bytes_of(ByteView header) {
  return static_cast<size_t>(header[3]) << 8 | header[4];
}

// Derive the keys for `secret` and start counting anew; false when the crypto library fails.
bool install_keys(CipherSuite suite, const TlsSession::TrafficSecret& secret,
                  std::array<uint8_t, 32>& key, std::array<uint8_t, 12>& iv, uint64_t& seq) {
  TrafficKeys keys;
  const bool ok = derive_traffic_keys(suite, secret, keys);
  if (ok) {
    key = keys.key;
    iv = keys.iv;
    seq = 0;
  }
  cleanse(keys.key);
  cleanse(keys.iv);
  return ok;
}

}  // namespace

TlsSession::TlsSession(TlsSession&& from) noexcept {
  *this = static_cast<const TlsSession&>(from);
  from.clear();
}

TlsSession& TlsSession::operator=(TlsSession&& from) noexcept {
  if (this == &from) return *this;
  *this = static_cast<const TlsSession&>(from);
  from.clear();
  return *this;
}

TlsSession::~TlsSession() { clear(); }

void TlsSession::clear() {
  for (auto* secret : {&read_secret_, &write_secret_, &read_key_, &write_key_}) cleanse(*secret);
  for (auto* iv : {&read_iv_, &write_iv_}) cleanse(*iv);
  read_seq_ = 0;
  write_seq_ = 0;
  read_closed_ = 1;
  write_closed_ = 1;
}

Code TlsSession::take_over(Role role, CipherSuite suite, const TrafficSecret& read,
                           const TrafficSecret& write, uint64_t records_written,
                           uint16_t fragment_bytes_max, uint64_t records_read) {
  if (!std::has_single_bit(fragment_bytes_max) || fragment_bytes_max < 512 ||
      fragment_bytes_max > limits::tls_plaintext_bytes_max) {
    return Code::malformed;
  }
  role_ = role;
  suite_ = suite;
  fragment_bits_ = static_cast<uint8_t>(std::countr_zero(fragment_bytes_max));
  key_updates_in_row_ = 0;
  empty_records_in_row_ = 0;
  handshake_bytes_ = 0;
  read_secret_ = read;
  write_secret_ = write;
  if (!install_keys(suite, read_secret_, read_key_, read_iv_, read_seq_) ||
      !install_keys(suite, write_secret_, write_key_, write_iv_, write_seq_)) {
    clear();
    return Code::internal;
  }
  read_seq_ = records_read;
  write_seq_ = records_written;
  read_closed_ = 0;
  write_closed_ = 0;
  return Code::ok;
}

// -- Reading -------------------------------------------------------------------------------------

TlsSession::Fed TlsSession::feed(TlsEngine& engine, MutableBytes in, Bytes& data, Bytes& reply) {
  if (read_closed_) return {Code::closed, in.size(), TlsAlert::close_notify};
  Fed fed;
  Verdict verdict;
  bool answer_wanted = false;
  while (verdict.code == Code::ok) {
    const MutableBytes rest = in.subspan(fed.used);
    if (rest.size() < limits::tls_header_bytes) break;
    const size_t ciphertext_bytes = ciphertext_bytes_of(rest);
    // Both are known from the header alone, so nobody waits for a body that would be refused.
    if (rest[0] != type_application_data) {
      verdict = {Code::malformed, TlsAlert::unexpected_message};
    } else if (ciphertext_bytes > ciphertext_bytes_max) {
      verdict = {Code::too_large, TlsAlert::record_overflow};
    } else if (rest.size() < limits::tls_header_bytes + ciphertext_bytes) {
      break;
    } else {
      const MutableBytes record = rest.first(limits::tls_header_bytes + ciphertext_bytes);
      fed.used += record.size();
      Content content;
      verdict = open_record(engine, record, content);
      if (verdict.code == Code::ok) verdict = on_content(content, data, answer_wanted);
    }
  }
  const bool alive = verdict.code == Code::ok || verdict.code == Code::closed;
  if (alive && answer_wanted && !write_closed_ &&
      seal_key_update(engine, false, reply) != Code::ok) {
    verdict = {Code::internal, TlsAlert::internal_error};
  }
  if (verdict.code != Code::ok) read_closed_ = 1;
  if (verdict.code == Code::closed) fed.used = in.size();
  fed.code = verdict.code;
  fed.alert = verdict.alert;
  return fed;
}

TlsSession::Verdict TlsSession::open_record(TlsEngine& engine, MutableBytes record,
                                            Content& content) {
  if (read_seq_ == UINT64_MAX) return {Code::internal, TlsAlert::internal_error};
  const ByteView header = record.first(limits::tls_header_bytes);
  const MutableBytes sealed = record.subspan(limits::tls_header_bytes);
  if (!engine.open(suite_, read_key_.data(), read_iv_, read_seq_, header, sealed)) {
    return {Code::unauthenticated, TlsAlert::bad_record_mac};
  }
  ++read_seq_;
  ByteView inner = sealed.first(sealed.size() - limits::tls_tag_bytes);
  if (inner.size() > inner_bytes_max) return {Code::too_large, TlsAlert::record_overflow};
  // Section 5.4: padding is zeros after the content type.
  while (!inner.empty() && inner.back() == 0) inner = inner.first(inner.size() - 1);
  if (inner.empty()) return {Code::malformed, TlsAlert::unexpected_message};
  content.type = inner.back();
  content.bytes = inner.first(inner.size() - 1);
  if (content.bytes.size() > size_t{1} << fragment_bits_) {
    return {Code::too_large, TlsAlert::record_overflow};
  }
  return {};
}

TlsSession::Verdict TlsSession::on_content(const Content& content, Bytes& data,
                                           bool& answer_wanted) {
  if (content.type == type_handshake) return on_handshake(content.bytes, answer_wanted);
  // Section 5.1: nothing may come between the records of one handshake message.
  if (handshake_bytes_ != 0) return {Code::malformed, TlsAlert::unexpected_message};
  if (content.type == type_application_data) return on_application_data(content.bytes, data);
  if (content.type == type_alert) return on_alert(content.bytes);
  return {Code::malformed, TlsAlert::unexpected_message};
}

TlsSession::Verdict TlsSession::on_application_data(ByteView bytes, Bytes& data) {
  if (bytes.empty()) return count_empty_record();
  key_updates_in_row_ = 0;
  empty_records_in_row_ = 0;
  append(data, bytes);
  return {};
}

TlsSession::Verdict TlsSession::count_empty_record() {
  if (++empty_records_in_row_ <= limits::tls_empty_records_in_row_max) return {};
  return {Code::overloaded, TlsAlert::unexpected_message};
}

TlsSession::Verdict TlsSession::on_alert(ByteView bytes) {
  if (bytes.empty()) return {Code::malformed, TlsAlert::unexpected_message};
  if (bytes.size() != 2) return {Code::malformed, TlsAlert::decode_error};
  // Section 6: the level of an alert no longer means anything; its description decides.
  const uint8_t description = bytes[1];
  if (description == alert_user_canceled) return count_empty_record();
  if (description != alert_close_notify) write_closed_ = 1;
  return {Code::closed, static_cast<TlsAlert>(description)};
}

TlsSession::Verdict TlsSession::on_handshake(ByteView bytes, bool& answer_wanted) {
  if (bytes.empty()) return {Code::malformed, TlsAlert::unexpected_message};
  while (!bytes.empty()) {
    if (handshake_bytes_ < handshake_head_.size()) {
      const Verdict verdict = on_handshake_head(bytes.front());
      if (verdict.code != Code::ok) return verdict;
      bytes = bytes.subspan(1);
    } else if (handshake_head_[0] == message_new_session_ticket) {
      pass_over_ticket(bytes);
    } else {
      // Section 5.1: a KeyUpdate must be the last in its record, because the next record has
      // another key.
      if (bytes.size() != 1) return {Code::malformed, TlsAlert::unexpected_message};
      handshake_bytes_ = 0;
      return on_key_update(bytes.front(), answer_wanted);
    }
  }
  return {};
}

// Take one more byte of a message's type and length, and refuse as soon as they are wrong.
TlsSession::Verdict TlsSession::on_handshake_head(uint8_t next) {
  handshake_head_[handshake_bytes_] = next;
  handshake_bytes_ = (handshake_bytes_ + 1) & 7;
  const uint8_t type = handshake_head_[0];
  const bool ticket = type == message_new_session_ticket && role_ == Role::client;
  if (!ticket && type != message_key_update) {
    return {Code::malformed, TlsAlert::unexpected_message};
  }
  if (handshake_bytes_ < handshake_head_.size()) return {};
  const uint32_t body_bytes = static_cast<uint32_t>(handshake_head_[1]) << 16 |
                              static_cast<uint32_t>(handshake_head_[2]) << 8 | handshake_head_[3];
  const bool legal =
      ticket ? body_bytes >= ticket_bytes_min && body_bytes <= ticket_bytes_max : body_bytes == 1;
  if (!legal) return {Code::malformed, TlsAlert::decode_error};
  return {};
}

// Drop what `bytes` holds of a ticket's body and count down the length in handshake_head_.
void TlsSession::pass_over_ticket(ByteView& bytes) {
  uint32_t left = static_cast<uint32_t>(handshake_head_[1]) << 16 |
                  static_cast<uint32_t>(handshake_head_[2]) << 8 | handshake_head_[3];
  const uint32_t now = std::min(left, static_cast<uint32_t>(bytes.size()));
  left -= now;
  bytes = bytes.subspan(now);
  handshake_head_[1] = static_cast<uint8_t>(left >> 16);
  handshake_head_[2] = static_cast<uint8_t>(left >> 8);
  handshake_head_[3] = static_cast<uint8_t>(left);
  if (left == 0) handshake_bytes_ = 0;
}

TlsSession::Verdict TlsSession::on_key_update(uint8_t request, bool& answer_wanted) {
  if (request > 1) return {Code::malformed, TlsAlert::illegal_parameter};
  if (++key_updates_in_row_ > limits::tls_key_updates_in_row_max) {
    return {Code::overloaded, TlsAlert::unexpected_message};
  }
  if (!advance_traffic_secret(read_secret_) ||
      !install_keys(suite_, read_secret_, read_key_, read_iv_, read_seq_)) {
    return {Code::internal, TlsAlert::internal_error};
  }
  if (request == 1) answer_wanted = true;
  return {};
}

// -- Writing -------------------------------------------------------------------------------------

Code TlsSession::seal(TlsEngine& engine, ByteView data, Bytes& out) {
  const size_t fragment_bytes_max = size_t{1} << fragment_bits_;
  if (write_closed_) return Code::wrong_state;
  while (!data.empty()) {
    if (write_seq_ >= limits::tls_records_per_key_max) {
      const Code code = seal_key_update(engine, false, out);
      if (code != Code::ok) return code;
    }
    const ByteView fragment = data.first(std::min(data.size(), fragment_bytes_max));
    const Code code = seal_record(engine, type_application_data, fragment, out);
    if (code != Code::ok) return code;
    data = data.subspan(fragment.size());
  }
  return Code::ok;
}

Code TlsSession::seal_alert(TlsEngine& engine, TlsAlert alert, Bytes& out) {
  if (write_closed_) return Code::wrong_state;
  const bool close = alert == TlsAlert::close_notify;
  const std::array<uint8_t, 2> body = {close ? alert_level_warning : alert_level_fatal,
                                       static_cast<uint8_t>(alert)};
  const Code code = seal_record(engine, type_alert, body, out);
  write_closed_ = 1;
  return code;
}

Code TlsSession::seal_key_update(TlsEngine& engine, bool request, Bytes& out) {
  if (write_closed_) return Code::wrong_state;
  const std::array<uint8_t, 5> message = {message_key_update, 0, 0, 1,
                                          static_cast<uint8_t>(request)};
  const Code code = seal_record(engine, type_handshake, message, out);
  if (code != Code::ok) return code;
  if (!advance_traffic_secret(write_secret_) ||
      !install_keys(suite_, write_secret_, write_key_, write_iv_, write_seq_)) {
    write_closed_ = 1;
    return Code::internal;
  }
  return Code::ok;
}

// The sequence number advances whatever happens: no nonce is ever used twice.
Code TlsSession::seal_record(TlsEngine& engine, uint8_t inner_type, ByteView content, Bytes& out) {
  const size_t begin = out.size();
  const size_t ciphertext_bytes = content.size() + 1 + limits::tls_tag_bytes;
  const std::array<uint8_t, limits::tls_header_bytes> header = {
      type_application_data, 3, 3, static_cast<uint8_t>(ciphertext_bytes >> 8),
      static_cast<uint8_t>(ciphertext_bytes)};
  out.resize(begin + header.size() + ciphertext_bytes);
  std::copy(header.begin(), header.end(), out.begin() + static_cast<ptrdiff_t>(begin));
  const uint64_t seq = write_seq_++;
  if (engine.seal(suite_, write_key_.data(), write_iv_, seq, header, content, inner_type,
                  out.data() + begin + header.size())) {
    return Code::ok;
  }
  out.resize(begin);
  write_closed_ = 1;
  return Code::internal;
}

}  // namespace tocsin::wire
