// Fuzzes TlsSession::feed(): a peer that holds the right keys and says anything at all.
//
// The input is a script. Its first byte chooses role, suite, fragment limit and how the stream is
// cut; then each command seals one record (or adds raw bytes) to the stream. What must hold:
//   * feed() never consumes more than it got, nor half a record;
//   * the data delivered is a prefix of the data sent;
//   * after anything but ok, nothing more is delivered and everything is swallowed.
#include <algorithm>
#include <cstdint>

#include "base/check.h"
#include "wire/tls_session.h"

#include "tests/unit/wire/raw_tls_peer.h"

namespace {

using namespace tocsin;
using wire::CipherSuite;
using wire::Code;
using wire::RawTlsPeer;
using wire::TlsSession;

// Takes values off the front of the script.
class Script {
 public:
  explicit Script(ByteView bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  uint8_t byte() {
    if (bytes_.empty()) return 0;
    const uint8_t value = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return value;
  }
  ByteView take(size_t size) {
    const ByteView taken = bytes_.first(std::min(size, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }

 private:
  ByteView bytes_;
};

// Everything the peer says, and the application data in it.
struct Stream {
  Bytes bytes;
  Bytes data;
};

// What a reader finds in a record of `content` and `type`: zeros at the end are padding, and then
// the byte before them is the type.
ByteView data_in(ByteView content, uint8_t type) {
  while (type == 0 && !content.empty()) {
    type = content.back();
    content = content.first(content.size() - 1);
  }
  return type == wire::inner_data ? content : ByteView();
}

void add_command(Script& script, RawTlsPeer& peer, Stream& stream) {
  const uint8_t command = script.byte();
  switch (command % 6) {
    case 0: {  // data, padded
      const ByteView content = script.take(script.byte());
      append(stream.bytes, peer.record(wire::inner_data, content, command >> 4));
      append(stream.data, content);
      break;
    }
    case 1:
      append(stream.bytes, peer.record(wire::inner_handshake, script.take(command >> 3)));
      break;
    case 2:
      append(stream.bytes, peer.key_update(command >> 7));
      break;
    case 3:
      append(stream.bytes, peer.record(wire::inner_alert, script.take(command >> 5)));
      break;
    case 4: {  // any type
      const uint8_t type = script.byte();
      const ByteView content = script.take(command >> 3);
      append(stream.bytes, peer.record(type, content));
      append(stream.data, data_in(content, type));
      break;
    }
    case 5:
      append(stream.bytes, script.take(command >> 3));
      break;
  }
}

void check_feed(TlsSession& session, Stream stream, size_t cut_bytes) {
  wire::TlsEngine engine;
  Bytes data;
  Bytes reply;
  Bytes in;
  bool ended = false;
  for (size_t at = 0; at < stream.bytes.size(); at += cut_bytes) {
    append(in, ByteView(stream.bytes).subspan(at, std::min(cut_bytes, stream.bytes.size() - at)));
    const size_t data_before = data.size();
    const TlsSession::Fed fed = session.feed(engine, in, data, reply);
    TOCSIN_CHECK(fed.used <= in.size());
    TOCSIN_CHECK(!ended ||
                 (fed.code == Code::closed && fed.used == in.size() && data.size() == data_before));
    if (fed.code != Code::ok) ended = true;
    in.erase(in.begin(), in.begin() + static_cast<ptrdiff_t>(fed.used));
    // An incomplete record is all that may stay.
    TOCSIN_CHECK(ended || in.size() < limits::tls_header_bytes + limits::tls_plaintext_bytes_max +
                                          limits::tls_expansion_bytes_max);
    if (ended) in.clear();
  }
  TOCSIN_CHECK(data.size() <= stream.data.size());
  TOCSIN_CHECK(std::equal(data.begin(), data.end(), stream.data.begin()));
  Bytes out;
  const Code sealed = session.seal(engine, as_bytes("x"), out);
  TOCSIN_CHECK(sealed == Code::ok || (ended && sealed == Code::wrong_state && out.empty()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* input, size_t size) {
  Script script({input, size});
  const uint8_t options = script.byte();
  const auto suite =
      (options & 1) != 0 ? CipherSuite::aes_128_gcm_sha256 : CipherSuite::chacha20_poly1305_sha256;
  const auto role = (options & 2) != 0 ? TlsSession::Role::server : TlsSession::Role::client;
  TlsSession::TrafficSecret read;
  TlsSession::TrafficSecret write;
  read.fill(1);
  write.fill(2);
  TlsSession session;
  TOCSIN_CHECK(session.take_over(role, suite, read, write, 0, (options & 4) != 0 ? 512 : 16384) ==
               Code::ok);
  RawTlsPeer peer(suite, read);
  Stream stream;
  while (!script.empty()) add_command(script, peer, stream);
  check_feed(session, std::move(stream), size_t{options} / 8 * 8 + 1);
  return 0;
}
