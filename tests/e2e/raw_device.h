// RawDevice: a device connection that a test drives frame by frame, also wrongly.
//
// Real TCP, real TLS; the protocol is spoken by hand, so that what is on the wire can be seen: no
// duplicate window, no acks of its own.
//
// Thread: the test's; reads wait at most read_ms_max.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/tls/tls_handshake.h"
#include "wire/codec.h"
#include "wire/frame.h"
#include "wire/tls_session.h"

namespace tocsin::e2e {

struct Frame {
  wire::FrameType type;
  Bytes body;
};

// A registered device.
struct Identity {
  AppId app;
  DeviceId device;
  Bytes secret;
  uint32_t key_epoch = 0;
};

// A blocking TCP connection to the server from a loopback address, the receiver's to close; -1 when
// there is none to be had.
int connect_tcp(uint16_t port, const std::string& from = "127.0.0.1");

class RawDevice {
 public:
  static constexpr int read_ms_max = 10'000;

  // TCP and TLS are up when it returns. nullptr when they cannot be.
  static std::unique_ptr<RawDevice> connect(uint16_t port, const std::string& ca_pem,
                                            const std::string& from = "127.0.0.1");
  ~RawDevice();

  // Send plaintext as TLS application data; raw bytes go out unencrypted.
  void send(ByteView plain);
  void send_raw(ByteView bytes);
  void send_preface() { send(wire::preface); }
  template <typename Message>
  void send_message(const Message& message) {
    Bytes frame;
    (void)wire::append_message(message, frame);
    send(frame);
  }

  // The next frame; nullopt when the server closed or nothing came in `wait_ms`.
  std::optional<Frame> read(int wait_ms = read_ms_max);
  // The next frame decoded, when it is a `type`.
  template <typename Message>
  bool read_message(wire::FrameType type, Message& message, int wait_ms = read_ms_max) {
    last_ = read(wait_ms);
    return last_.has_value() && last_->type == type &&
           wire::decode(last_->body, message) == wire::Code::ok;
  }
  // Whether the server has ended the connection, waiting for it.
  bool wait_until_closed();
  // The TLS alert the server sent, if it did.
  std::optional<wire::TlsAlert> alert() const { return alert_; }

  // Preface (once) and Register; the identity, or nullopt with the Error in error().
  std::optional<Identity> enroll(const std::string& app, ByteView registration_key,
                                 const std::vector<std::string>& tags = {}, uint8_t nonce_seed = 1);
  // Preface (once) and Hello; true when Welcome came.
  bool hello(const Identity& identity, uint32_t heartbeat_s = 0);
  // The bytes of a Hello for this connection.
  Bytes hello_frame(const Identity& identity, uint32_t heartbeat_s = 0) const;
  void acknowledge(const std::vector<MessageId>& messages);
  // The last Error frame's reason.
  wire::Error::Reason error() const { return error_; }
  const std::string& error_text() const { return error_text_; }

  // Read pushes until none comes for `quiet_ms`; their ids in order. Acknowledges each when `ack`.
  std::vector<MessageId> read_pushes(size_t at_least, bool ack = true, int quiet_ms = 300);

 private:
  RawDevice(int fd, runtime::Detached connection);
  bool fill(int wait_ms);
  void note_error(const Frame& frame);
  void preface_once();

  int fd_;
  wire::TlsEngine engine_;
  wire::TlsSession tls_;
  wire::Exporter exporter_;
  Bytes unread_;
  Bytes plain_;
  size_t at_ = 0;
  bool closed_ = false;
  bool preface_sent_ = false;
  std::optional<wire::TlsAlert> alert_;
  std::optional<Frame> last_;
  wire::Error::Reason error_ = wire::Error::Reason::unspecified;
  std::string error_text_;
};

}  // namespace tocsin::e2e
