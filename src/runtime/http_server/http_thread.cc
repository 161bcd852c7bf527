#include "runtime/http_server/http_thread.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <malloc.h>
#include <sys/epoll.h>
#include <tuple>
#include <unistd.h>
#include <utility>

#include "base/check.h"
#include "base/clock.h"

namespace tocsin::runtime {
namespace {

constexpr uint32_t tick_ms = 100;
constexpr int events_per_round = 128;
constexpr size_t read_bytes = 16 * 1024;
// A round ends when it has taken longer than this; the rest have their turns in the next.
constexpr uint64_t round_ms_max = 2;
// A stranger has this long to show a key before it makes room for another.
constexpr uint64_t grace_ms = 2'000;
// After this much was held for peers at once, giving memory back to the system is worth a call.
constexpr size_t worth_trimming_bytes = 8 * 1024 * 1024;

// Refuses what a full server has no place for, in the API's words.
class RefusingHandler final : public HttpHandler {
 public:
  explicit RefusingHandler(HttpHandler& handler) : handler_(handler) {}

  std::unique_ptr<HttpBodySink> begin(HttpRequestHead head, HttpResponder respond) override {
    const char* words = "too many connections: try again, and reuse connections";
    respond(head.is_grpc() ? grpc_error(503, words) : error(503, words));
    return nullptr;
  }
  HttpResponse error(int status, std::string message) override {
    return handler_.error(status, std::move(message));
  }
  HttpResponse grpc_error(int status, std::string message) override {
    return handler_.grpc_error(status, std::move(message));
  }

 private:
  HttpHandler& handler_;
};

// IMF-fixdate, RFC 9110 section 5.6.7.
std::string http_date(std::time_t now) {
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[64];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc)};
}

}  // namespace

HttpThread::HttpThread(std::shared_ptr<Shard> shard, std::unique_ptr<HttpHandler> handler,
                       const HttpLimits& limits)
    : shard_(std::move(shard)),
      handler_(std::move(handler)),
      refusing_handler_(std::make_unique<RefusingHandler>(*handler_)),
      host_(*handler_, limits, Mailbox(shard_)),
      refusing_host_(*refusing_handler_, limits, Mailbox(shard_)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      read_buffer_(read_bytes, '\0'),
      open_(gauge("tocsin_api_connections", "Open connections to the API")),
      shed_(counter("tocsin_api_connections_shed_total",
                    "Connections to the API that were closed to make room")) {
  TOCSIN_CHECK(epoll_ >= 0);
  refusing_host_.stopping = true;
  refresh_clock();
}

HttpThread::~HttpThread() { ::close(epoll_); }

void HttpThread::start() {
  started_ = true;
  shard_->watch_readable(epoll_, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->round();
  });
  shard_->every(tick_ms, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self && self->started_) self->tick();
  });
}

void HttpThread::refresh_clock() {
  host_.now_ms = refusing_host_.now_ms = monotonic_ms();
  const std::time_t now = std::time(nullptr);
  if (static_cast<uint64_t>(now) == date_second_) return;
  date_second_ = static_cast<uint64_t>(now);
  host_.date = refusing_host_.date = http_date(now);
}

// -- Connections come --------------------------------------------------------------------------

void HttpThread::adopt(std::unique_ptr<ByteStream> stream, HttpProtocol protocol,
                       AddressSlot slot) {
  if (!started_) return;
  refresh_clock();
  const bool refused = !has_room_for_stranger();
  bury();
  // Who cannot even be refused is cut off.
  if (connections_.size() >= host_.limits.connections_max + limits::http_refusals_max) return;
  const int fd = stream->fd();
  auto made = std::make_unique<HttpConnection>(*this, refused ? refusing_host_ : host_,
                                               std::move(stream), protocol, std::move(slot));
  HttpConnection& connection = *made;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &connection;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) return;
  connections_.emplace(fd, std::move(made));
  open_.add(1);
  wants_turn(connection);
}

bool HttpThread::has_room_for_stranger() {
  const size_t all_max = host_.limits.connections_max;
  const size_t strangers_max = all_max - all_max / 4;
  const size_t strangers = connections_.size() - vouched_;
  if (connections_.size() < all_max && strangers < strangers_max) return true;
  // Newcomers last: they have not had the time to show a key. The idle before the busy; of the idle,
  // who has said nothing for longest, and of the busy, who has been here for longest.
  HttpConnection* chosen = nullptr;
  const auto rank = [now_ms = host_.now_ms](const HttpConnection& it) {
    const bool is_new = now_ms < it.opened_ms() + grace_ms;
    const bool is_idle = it.is_idle();
    return std::tuple(is_new, !is_idle, is_idle ? it.last_active_ms() : it.opened_ms());
  };
  for (const auto& [fd, connection] : connections_) {
    if (connection->is_vouched() || connection->is_gone()) continue;
    if (chosen == nullptr || rank(*connection) < rank(*chosen)) chosen = connection.get();
  }
  if (chosen == nullptr) return false;
  shed_.add();
  end(*chosen);
  return true;
}

// -- A round -----------------------------------------------------------------------------------

void HttpThread::wants_turn(HttpConnection& connection) {
  if (!std::exchange(connection.in_turn_queue, true)) turns_.push_back(&connection);
  if (in_round_ || std::exchange(round_posted_, true)) return;
  shard_->post([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->round_posted_ = false;
    self->round();
  });
}

void HttpThread::round() {
  refresh_clock();
  in_round_ = true;
  take_events();
  run_turns();
  in_round_ = false;
  bury();
  // Who did not come to an end: after the others of the shard.
  if (!turns_.empty()) wants_turn(*turns_.front());
}

void HttpThread::take_events() {
  std::array<epoll_event, events_per_round> events;
  const int count = epoll_wait(epoll_, events.data(), events_per_round, 0);
  for (int i = 0; i < count; ++i) {
    auto& connection = *static_cast<HttpConnection*>(events[static_cast<size_t>(i)].data.ptr);
    connection.on_events(events[static_cast<size_t>(i)].events);
    wants_turn(connection);
  }
}

void HttpThread::run_turns() {
  // Those that want another turn get it in the next round. Budgets are kept after each turn: one
  // connection can ask for as much as all of them may hold.
  running_ = std::exchange(turns_, {});
  for (size_t i = 0; i < running_.size(); ++i) {
    HttpConnection* connection = running_[i];
    if (connection == nullptr) continue;  // it was buried
    connection->in_turn_queue = false;
    if (!connection->is_gone()) connection->turn();
    if (connection->is_gone()) end(*connection);
    keep_budgets();
    if (monotonic_ms() > host_.now_ms + round_ms_max) return postpone(i + 1);
  }
  running_.clear();
}

// The shard has more to do than to serve connections: the alert of another may wait. Those that had
// no turn come before those that want another.
void HttpThread::postpone(size_t from) {
  std::vector<HttpConnection*> turns;
  for (size_t i = from; i < running_.size(); ++i) {
    if (running_[i] != nullptr) turns.push_back(running_[i]);
  }
  turns.insert(turns.end(), turns_.begin(), turns_.end());
  turns_ = std::move(turns);
  running_.clear();
}

void HttpThread::keep_budgets() {
  peak_bytes_ = std::max(peak_bytes_, host_.unread.used_bytes() + host_.half_received.used_bytes());
  while (host_.unread.is_over() && close_largest(&HttpConnection::unread_bytes)) continue;
  while (host_.half_received.is_over() && close_largest(&HttpConnection::half_received_bytes)) {
    continue;
  }
}

bool HttpThread::close_largest(size_t (HttpConnection::*bytes)() const) {
  HttpConnection* largest = nullptr;
  for (const auto& [fd, connection] : connections_) {
    if (largest == nullptr || ((*connection).*bytes)() > ((*largest).*bytes)()) {
      largest = connection.get();
    }
  }
  if (largest == nullptr || ((*largest).*bytes)() == 0) return false;
  shed_.add();
  end(*largest);
  bury();
  return true;
}

void HttpThread::end(HttpConnection& connection) { dead_.push_back(connection.fd()); }

void HttpThread::bury() {
  for (const int fd : std::exchange(dead_, {})) {
    const auto found = connections_.find(fd);
    if (found == connections_.end()) continue;
    std::erase(turns_, found->second.get());
    std::replace(running_.begin(), running_.end(), found->second.get(),
                 static_cast<HttpConnection*>(nullptr));
    if (found->second->is_vouched()) --vouched_;
    epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
    connections_.erase(found);
    open_.add(-1);
  }
}

// -- The clock ---------------------------------------------------------------------------------

void HttpThread::tick() {
  refresh_clock();
  for (const auto& [fd, connection] : connections_) {
    connection->on_tick();
    if (connection->is_gone()) end(*connection);
  }
  bury();
  trim();
}

// After a flood: when a quarter of it or less is left.
void HttpThread::trim() {
  const size_t held_bytes = host_.unread.used_bytes() + host_.half_received.used_bytes();
  peak_connections_ = std::max(peak_connections_, connections_.size());
  const bool bytes_fell = peak_bytes_ >= worth_trimming_bytes && held_bytes <= peak_bytes_ / 4;
  // Of 8 KB and more each.
  const bool connections_fell = peak_connections_ >= host_.limits.connections_max / 2 &&
                                connections_.size() <= peak_connections_ / 4;
  if (!bytes_fell && !connections_fell) return;
  peak_bytes_ = held_bytes;
  peak_connections_ = connections_.size();
  malloc_trim(0);
}

void HttpThread::finish() {
  refresh_clock();
  host_.stopping = true;
  for (const auto& [fd, connection] : connections_) {
    connection->finish();
    if (connection->is_gone()) end(*connection);
  }
  bury();
}

void HttpThread::close() {
  if (!std::exchange(started_, false)) return;
  shard_->unwatch(epoll_);
  for (const auto& [fd, connection] : connections_) end(*connection);
  bury();
}

}  // namespace tocsin::runtime
