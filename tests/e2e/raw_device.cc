#include "tests/e2e/raw_device.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "wire/hello_auth.h"

namespace tocsin::e2e {
namespace {

bool wait_readable(int fd, int ms) {
  pollfd entry{fd, POLLIN, 0};
  return poll(&entry, 1, ms) > 0;
}

bool shake_hands(int fd, runtime::TlsHandshake& handshake) {
  Bytes in;
  while (handshake.step() == runtime::TlsHandshake::Step::more) {
    Bytes out;
    handshake.feed(in, out);
    if (!out.empty() && send(fd, out.data(), out.size(), MSG_NOSIGNAL) < 0) return false;
    if (handshake.step() != runtime::TlsHandshake::Step::more) break;
    in.resize(4096);
    if (!wait_readable(fd, RawDevice::read_ms_max)) return false;
    const ssize_t count = recv(fd, in.data(), in.size(), 0);
    if (count <= 0) return false;
    in.resize(static_cast<size_t>(count));
  }
  return handshake.step() == runtime::TlsHandshake::Step::done;
}

}  // namespace

int connect_tcp(uint16_t port, const std::string& from) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in source{};
  source.sin_family = AF_INET;
  inet_pton(AF_INET, from.c_str(), &source.sin_addr);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, reinterpret_cast<sockaddr*>(&source), sizeof source) == 0 &&
      ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    return fd;
  }
  close(fd);
  return -1;
}

std::unique_ptr<RawDevice> RawDevice::connect(uint16_t port, const std::string& ca_pem,
                                              const std::string& from) {
  const absl::StatusOr<runtime::TlsContext> context = runtime::TlsContext::client(ca_pem);
  if (!context.ok()) return nullptr;
  const int fd = connect_tcp(port, from);
  if (fd < 0) return nullptr;
  const auto handshake = runtime::TlsHandshake::client(*context, "localhost");
  wire::TlsEngine engine;
  if (shake_hands(fd, *handshake)) {
    absl::StatusOr<runtime::Detached> detached = handshake->detach(engine);
    if (detached.ok()) return std::unique_ptr<RawDevice>(new RawDevice(fd, *std::move(detached)));
  }
  close(fd);
  return nullptr;
}

RawDevice::RawDevice(int fd, runtime::Detached connection)
    : fd_(fd),
      tls_(std::move(connection.session)),
      exporter_(connection.exporter),
      unread_(std::move(connection.early_input)) {}

RawDevice::~RawDevice() { close(fd_); }

void RawDevice::send(ByteView plain) {
  Bytes sealed;
  ASSERT_EQ(tls_.seal(engine_, plain, sealed), wire::Code::ok);
  send_raw(sealed);
}

void RawDevice::send_raw(ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;  // the server closed: what it said is still to be read
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
}

bool RawDevice::fill(int wait_ms) {
  if (closed_) return false;
  if (unread_.empty() || plain_.size() == at_) {
    if (!wait_readable(fd_, wait_ms)) return false;
    std::array<uint8_t, 16384> bytes;
    const ssize_t count = recv(fd_, bytes.data(), bytes.size(), 0);
    if (count <= 0) {
      closed_ = true;
      return false;
    }
    append(unread_, {bytes.data(), static_cast<size_t>(count)});
  }
  Bytes reply;
  const wire::TlsSession::Fed fed = tls_.feed(engine_, unread_, plain_, reply);
  unread_.erase(unread_.begin(), unread_.begin() + static_cast<ptrdiff_t>(fed.used));
  if (!reply.empty()) send_raw(reply);
  if (fed.code == wire::Code::ok) return true;
  closed_ = true;
  alert_ = fed.alert;
  return plain_.size() > at_;
}

std::optional<Frame> RawDevice::read(int wait_ms) {
  const uint64_t deadline = monotonic_ms() + static_cast<uint64_t>(wait_ms);
  while (true) {
    wire::FrameView view;
    size_t used = 0;
    const wire::Code code =
        wire::read_frame(ByteView(plain_).subspan(at_), limits::server_frame_bytes_max, view, used);
    if (code == wire::Code::ok) {
      Frame frame{view.type, Bytes(view.body.begin(), view.body.end())};
      at_ += used;
      note_error(frame);
      return frame;
    }
    EXPECT_EQ(code, wire::Code::incomplete);
    const uint64_t now = monotonic_ms();
    if (now >= deadline || !fill(static_cast<int>(deadline - now))) return std::nullopt;
  }
}

void RawDevice::note_error(const Frame& frame) {
  wire::Error message;
  if (frame.type != wire::FrameType::error) return;
  EXPECT_EQ(wire::decode(frame.body, message), wire::Code::ok);
  error_ = message.reason;
  error_text_ = std::string(message.message);
}

bool RawDevice::wait_until_closed() {
  while (!closed_ && read().has_value()) {
  }
  return closed_;
}

void RawDevice::preface_once() {
  if (!preface_sent_) send_preface();
  preface_sent_ = true;
}

std::optional<Identity> RawDevice::enroll(const std::string& app, ByteView registration_key,
                                          const std::vector<std::string>& tags,
                                          uint8_t nonce_seed) {
  preface_once();
  const Bytes nonce(wire::install_nonce_bytes, nonce_seed);
  wire::Register request;
  request.app = app;
  request.registration_key = registration_key;
  request.install_nonce = nonce;
  request.platform = "test";
  for (const std::string& tag : tags) request.tags.push_back(tag);
  send_message(request);
  wire::Registered answer;
  if (!read_message(wire::FrameType::registered, answer)) return std::nullopt;
  return Identity{answer.app, answer.device,
                  Bytes(answer.device_secret.begin(), answer.device_secret.end()),
                  answer.key_epoch};
}

Bytes RawDevice::hello_frame(const Identity& identity, uint32_t heartbeat_s) const {
  const wire::HelloMac mac = wire::hello_mac(identity.secret, exporter_, identity.app,
                                             identity.key_epoch, identity.device);
  wire::Hello message{identity.app, identity.device, identity.key_epoch, mac, heartbeat_s};
  Bytes frame;
  EXPECT_EQ(wire::append_message(message, frame), wire::Code::ok);
  return frame;
}

bool RawDevice::hello(const Identity& identity, uint32_t heartbeat_s) {
  preface_once();
  send(hello_frame(identity, heartbeat_s));
  wire::Welcome welcome;
  return read_message(wire::FrameType::welcome, welcome);
}

void RawDevice::acknowledge(const std::vector<MessageId>& messages) {
  wire::Ack ack;
  for (const MessageId message : messages) ack.messages.push_back(message);
  send_message(ack);
}

std::vector<MessageId> RawDevice::read_pushes(size_t at_least, bool ack, int quiet_ms) {
  std::vector<MessageId> ids;
  while (true) {
    wire::Push push;
    if (!read_message(wire::FrameType::push, push,
                      ids.size() < at_least ? read_ms_max : quiet_ms)) {
      return ids;
    }
    ids.push_back(push.message);
    if (ack) acknowledge({push.message});
  }
}

}  // namespace tocsin::e2e
