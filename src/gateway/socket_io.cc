#include "gateway/socket_io.h"

#include <cerrno>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "runtime/tls/fast_gcm.h"

namespace tocsin::gateway {
namespace {

constexpr size_t record_bytes_max =
    limits::tls_header_bytes + limits::tls_plaintext_bytes_max + limits::tls_expansion_bytes_max;

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

Aux& aux_of(Slot& slot) {
  if (slot.aux == nullptr) slot.aux = std::make_unique<Aux>();
  return *slot.aux;
}

bool has_unsent(const Slot& slot) { return slot.aux != nullptr && !slot.aux->unsent.empty(); }

// How many slots ahead to prefetch the part that sealing touches: slots are cold.
constexpr size_t prefetch_ahead = 4;
void prefetch(const Slot& slot) {
  const char* bytes = reinterpret_cast<const char*>(&slot);
  __builtin_prefetch(bytes, 1);
  __builtin_prefetch(bytes + 64, 1);
}

void drop_aux_if_empty(Slot& slot) {
  if (slot.aux != nullptr && slot.aux->empty()) slot.aux = nullptr;
}

}  // namespace

SocketIo::SocketIo(Means means)
    : has_fast_gcm_(means.fast_gcm && engine_.use(runtime::make_fast_gcm())),
      batch_sender_(means.io_uring ? runtime::BatchSender::Way::best
                                   : runtime::BatchSender::Way::send_loop),
      epoll_fd_(epoll_create1(EPOLL_CLOEXEC)) {
  TOCSIN_CHECK(epoll_fd_ >= 0);
  input_.reserve(record_bytes_max + limits::read_burst_bytes_max);
}

SocketIo::~SocketIo() { close(epoll_fd_); }

bool SocketIo::watch(uint32_t index, Slot& slot) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP;
  event.data.u64 = uint64_t{slot.generation} << 32 | index;
  return epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, slot.fd, &event) == 0;
}

size_t SocketIo::poll(std::array<Event, 256>& events) {
  std::array<epoll_event, 256> ready;
  const int count = epoll_wait(epoll_fd_, ready.data(), static_cast<int>(ready.size()), 0);
  for (int i = 0; i < count; ++i) {
    const uint32_t flags = ready[i].events;
    events[i] = {.index = static_cast<uint32_t>(ready[i].data.u64),
                 .generation = static_cast<uint32_t>(ready[i].data.u64 >> 32),
                 .readable = (flags & (EPOLLIN | EPOLLRDHUP)) != 0,
                 .writable = (flags & EPOLLOUT) != 0,
                 .broken = (flags & (EPOLLERR | EPOLLHUP)) != 0};
  }
  return count < 0 ? 0 : static_cast<size_t>(count);
}

SocketIo::ReadResult SocketIo::read(uint32_t index, Slot& slot, Bytes& plain) {
  std::array<uint8_t, limits::read_burst_bytes_max> received;
  const ssize_t count = recv(slot.fd, received.data(), received.size(), 0);
  if (count > 0) return take(index, slot, {received.data(), static_cast<size_t>(count)}, plain);
  if (count < 0 && would_block(errno)) return {};
  return {.end = ReadEnd::peer_closed};
}

SocketIo::ReadResult SocketIo::take(uint32_t index, Slot& slot, ByteView ciphertext, Bytes& plain) {
  input_.clear();
  if (slot.aux != nullptr) input_.swap(slot.aux->unread);
  append(input_, ciphertext);
  sealed_.clear();
  const wire::TlsSession::Fed fed = slot.tls.feed(engine_, input_, plain, sealed_);
  if (fed.used < input_.size() && fed.code == wire::Code::ok) {
    aux_of(slot).unread.assign(input_.begin() + static_cast<ptrdiff_t>(fed.used), input_.end());
  }
  drop_aux_if_empty(slot);
  if (!sealed_.empty()) {
    const SendEnd end = send_sealed(index, slot, sealed_);  // answers a KeyUpdate
    if (end == SendEnd::broken || end == SendEnd::slow) return {.end = ReadEnd::peer_closed};
  }
  if (fed.code == wire::Code::ok) return {};
  if (fed.code == wire::Code::closed) return {.end = ReadEnd::peer_closed};
  return {.end = ReadEnd::failed, .alert = fed.alert};
}

bool SocketIo::discard(Slot& slot) {
  std::array<uint8_t, 4096> received;
  for (size_t room = limits::read_burst_bytes_max; room > 0; room -= received.size()) {
    const ssize_t count = recv(slot.fd, received.data(), received.size(), 0);
    if (count > 0) continue;
    return count < 0 && would_block(errno);
  }
  return true;  // the rest follows at the next event
}

SocketIo::SendEnd SocketIo::send(uint32_t index, Slot& slot, ByteView frames) {
  sealed_.clear();
  if (slot.tls.seal(engine_, frames, sealed_) != wire::Code::ok) return SendEnd::broken;
  return send_sealed(index, slot, sealed_);
}

SocketIo::SendEnd SocketIo::send_alert(uint32_t index, Slot& slot, wire::TlsAlert alert) {
  sealed_.clear();
  if (slot.tls.seal_alert(engine_, alert, sealed_) != wire::Code::ok) return SendEnd::broken;
  return send_sealed(index, slot, sealed_);
}

SocketIo::SendEnd SocketIo::flush(uint32_t index, Slot& slot) {
  if (!has_unsent(slot)) return SendEnd::sent;
  Aux& aux = *slot.aux;
  const ssize_t count = ::send(slot.fd, aux.unsent.data() + aux.unsent_taken,
                               aux.unsent.size() - aux.unsent_taken, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count < 0) return would_block(errno) ? SendEnd::waiting : SendEnd::broken;
  aux.unsent_taken += static_cast<size_t>(count);
  if (aux.unsent_taken < aux.unsent.size()) return SendEnd::waiting;
  aux.unsent = Bytes();
  aux.unsent_taken = 0;
  drop_aux_if_empty(slot);
  arm(index, slot, false);
  return SendEnd::sent;
}

void SocketIo::send_batch(ConnectionTable& table, std::span<const uint32_t> indices,
                          ByteView frames, std::span<SendEnd> ends) {
  TOCSIN_CHECK(indices.size() <= batch_max && ends.size() == indices.size());
  sealed_.clear();
  size_t count = 0;
  for (size_t i = 0; i < indices.size(); ++i) {
    if (i + prefetch_ahead < indices.size()) prefetch(table[indices[i + prefetch_ahead]]);
    Slot& slot = table[indices[i]];
    const size_t begin = sealed_.size();
    if (slot.tls.seal(engine_, frames, sealed_) != wire::Code::ok) {
      ends[i] = SendEnd::broken;
    } else if (has_unsent(slot)) {
      ends[i] = keep(indices[i], slot, ByteView(sealed_).subspan(begin));
    } else {
      send_of_[count] = static_cast<uint32_t>(i);
      sealed_at_[count] = begin;
      sends_[count++] = {slot.fd, nullptr, static_cast<uint32_t>(sealed_.size() - begin), 0};
    }
  }
  for (size_t k = 0; k < count; ++k) sends_[k].data = sealed_.data() + sealed_at_[k];
  batch_sender_.send(std::span(sends_).first(count));
  for (size_t k = 0; k < count; ++k) {
    const runtime::BatchSender::Send& send = sends_[k];
    const uint32_t i = send_of_[k];
    ends[i] = after_send(indices[i], table[indices[i]], {send.data, send.bytes}, send.result);
  }
}

SocketIo::SendEnd SocketIo::send_sealed(uint32_t index, Slot& slot, ByteView sealed) {
  if (has_unsent(slot)) return keep(index, slot, sealed);
  const ssize_t count = ::send(slot.fd, sealed.data(), sealed.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return after_send(index, slot, sealed, count < 0 ? -errno : count);
}

SocketIo::SendEnd SocketIo::after_send(uint32_t index, Slot& slot, ByteView sealed,
                                       ssize_t result) {
  if (result == static_cast<ssize_t>(sealed.size())) return SendEnd::sent;
  if (result < 0 && !would_block(static_cast<int>(-result))) return SendEnd::broken;
  return keep(index, slot, sealed.subspan(result < 0 ? 0 : static_cast<size_t>(result)));
}

SocketIo::SendEnd SocketIo::keep(uint32_t index, Slot& slot, ByteView sealed) {
  Aux& aux = aux_of(slot);
  const size_t waiting = aux.unsent.size() - aux.unsent_taken + sealed.size();
  if (waiting > limits::unsent_bytes_max) return SendEnd::slow;
  aux.unsent.erase(aux.unsent.begin(),
                   aux.unsent.begin() + static_cast<ptrdiff_t>(aux.unsent_taken));
  aux.unsent_taken = 0;
  append(aux.unsent, sealed);
  arm(index, slot, true);
  return SendEnd::waiting;
}

void SocketIo::arm(uint32_t index, Slot& slot, bool for_write) {
  if (slot.wants_write == for_write) return;
  slot.wants_write = for_write;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP | (for_write ? EPOLLOUT : 0u);
  event.data.u64 = uint64_t{slot.generation} << 32 | index;
  epoll_ctl(epoll_fd_, EPOLL_CTL_MOD, slot.fd, &event);
}

}  // namespace tocsin::gateway
