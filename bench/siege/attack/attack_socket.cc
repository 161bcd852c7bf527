#include "siege/attack/attack_socket.h"

#include <poll.h>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "harness/client/loopback.h"

namespace tocsin::bench::siege {
namespace {

// After a connection that did not come about.
constexpr uint32_t failed_again_ms = 50;
// Of one socket, before the others have their turn.
constexpr int writes_per_turn = 16;
constexpr int reads_per_turn = 16;
constexpr int key_changes_per_turn = 64;
constexpr uint64_t key_update_bytes = 27;  // with its record
// Who does not read has little room, so that the server holds the rest.
constexpr int narrow_bytes = 4'096;

std::string_view protocol_of(Approach approach) {
  return approach == Approach::http2 ? std::string_view("\x02h2") : "\x08http/1.1";
}

}  // namespace

short AttackSocket::events() const {
  const bool reads = state_ == State::handshaking ||
                     (state_ == State::talking && script_ != nullptr && script_->reads());
  const bool writes = state_ == State::connecting || wants_write_;
  return static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0) | POLLRDHUP);
}

void AttackSocket::on_tick(uint64_t now_ms) {
  if (state_ == State::closed && now_ms >= open_at_ms_) open(now_ms);
  if (state_ == State::talking && !wants_write_) talk(now_ms);
}

void AttackSocket::open(uint64_t now_ms) {
  const auto fd = connect_to_loopback(ground_.prey.port, SOCK_NONBLOCK, ground_.source);
  if (!fd.ok()) {
    ground_.board.count(ground_.board.unopened);
    open_at_ms_ = now_ms + failed_again_ms;
    return;
  }
  fd_ = *fd;
  state_ = State::connecting;
}

void AttackSocket::on_events(short events, uint64_t now_ms) {
  if ((events & (POLLERR | POLLHUP | POLLNVAL)) != 0) return lose(now_ms);
  if (state_ == State::connecting && (events & POLLOUT) != 0) on_connected();
  if (state_ == State::handshaking) return shake_hands(now_ms);
  if (state_ != State::talking) return;
  wants_write_ = false;
  if ((events & POLLIN) != 0 && !read_all(now_ms)) return;
  if ((events & POLLRDHUP) != 0) return lose(now_ms);
  talk(now_ms);
}

void AttackSocket::on_connected() {
  if (ground_.attack.approach == Approach::tcp) return begin_script();
  ssl_.reset(SSL_new(ground_.tls));
  const std::string_view protocol = protocol_of(ground_.attack.approach);
  SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const uint8_t*>(protocol.data()),
                      static_cast<unsigned>(protocol.size()));
  SSL_set_fd(ssl_.get(), fd_);
  SSL_set_connect_state(ssl_.get());
  state_ = State::handshaking;
}

void AttackSocket::shake_hands(uint64_t now_ms) {
  wants_write_ = false;
  ERR_clear_error();
  const int verdict = SSL_do_handshake(ssl_.get());
  if (verdict == 1) {
    begin_script();
    return talk(now_ms);
  }
  if (waits(verdict, now_ms) && ground_.attack.approach == Approach::client_hello) begin_script();
}

void AttackSocket::begin_script() {
  state_ = State::talking;
  wants_write_ = false;
  ground_.board.count(ground_.board.opened);
  if (!ground_.attack.make) return;
  script_ = ground_.attack.make(ground_.prey, number_);
  if (script_->reads()) return;
  setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &narrow_bytes, sizeof narrow_bytes);
}

void AttackSocket::talk(uint64_t now_ms) {
  if (script_ == nullptr) return;
  if (script_->stirs_keys()) return stir_keys(now_ms);
  for (int i = 0; i < writes_per_turn; ++i) {
    if (!flush(now_ms)) return;
    if (script_->leaves()) return close();
    script_->write(out_, now_ms);
    if (out_.empty()) return;
  }
  wants_write_ = true;
}

bool AttackSocket::flush(uint64_t now_ms) {
  while (sent_bytes_ < out_.size()) {
    ERR_clear_error();
    size_t sent = 0;
    const int verdict =
        SSL_write_ex(ssl_.get(), out_.data() + sent_bytes_, out_.size() - sent_bytes_, &sent);
    if (verdict != 1) {
      waits(verdict, now_ms);
      return false;
    }
    sent_bytes_ += sent;
    ground_.board.count(ground_.board.sent_bytes, sent);
  }
  out_.clear();
  sent_bytes_ = 0;
  return true;
}

void AttackSocket::stir_keys(uint64_t now_ms) {
  for (int i = 0; i < key_changes_per_turn; ++i) {
    ERR_clear_error();
    SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_NOT_REQUESTED);
    const int verdict = SSL_do_handshake(ssl_.get());
    if (verdict != 1) {
      waits(verdict, now_ms);
      return;
    }
    ground_.board.count(ground_.board.sent_bytes, key_update_bytes);
  }
  wants_write_ = true;
}

bool AttackSocket::read_all(uint64_t now_ms) {
  for (int i = 0; i < reads_per_turn; ++i) {
    ERR_clear_error();
    size_t got = 0;
    const int verdict = SSL_read_ex(ssl_.get(), ground_.room.data(), ground_.room.size(), &got);
    if (verdict != 1) return waits(verdict, now_ms);
    script_->read({ground_.room.data(), got}, ground_.board);
  }
  return true;
}

bool AttackSocket::waits(int verdict, uint64_t now_ms) {
  const int error = SSL_get_error(ssl_.get(), verdict);
  if (error == SSL_ERROR_WANT_WRITE) wants_write_ = true;
  if (error == SSL_ERROR_WANT_WRITE || error == SSL_ERROR_WANT_READ) return true;
  lose(now_ms);
  return false;
}

void AttackSocket::lose(uint64_t now_ms) {
  const bool was_open = state_ == State::talking;
  ground_.board.count(was_open ? ground_.board.cut : ground_.board.unopened);
  close();
  open_at_ms_ = now_ms + (was_open ? ground_.attack.again_ms : failed_again_ms);
}

void AttackSocket::close() {
  ssl_.reset();
  script_.reset();
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  out_.clear();
  sent_bytes_ = 0;
  wants_write_ = false;
  state_ = State::closed;
}

}  // namespace tocsin::bench::siege
