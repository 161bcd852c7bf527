#include "runtime/shard.h"

#include <chrono>
#include <future>
#include <map>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/check.h"
#include "runtime/io_thread.h"

namespace tocsin::runtime {
namespace asio = boost::asio;

namespace {

// A timer that reschedules itself until the loop ends.
struct Periodic : std::enable_shared_from_this<Periodic> {
  Periodic(asio::io_context& context, uint32_t period_ms, absl::AnyInvocable<void()> task)
      : timer(context), period(period_ms), task(std::move(task)) {}

  void arm() {
    timer.expires_after(period);
    timer.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (error) return;
      self->task();
      self->arm();
    });
  }

  asio::steady_timer timer;
  std::chrono::milliseconds period;
  absl::AnyInvocable<void()> task;
};

struct Watch : std::enable_shared_from_this<Watch> {
  Watch(asio::io_context& context, int fd, absl::AnyInvocable<void()> on_readable)
      : descriptor(context, fd), on_readable(std::move(on_readable)) {}

  void arm() {
    descriptor.async_wait(asio::posix::descriptor_base::wait_read,
                          [self = shared_from_this()](const boost::system::error_code& error) {
                            if (error || !self->watching) return;
                            self->on_readable();
                            if (self->watching) self->arm();
                          });
  }

  asio::posix::stream_descriptor descriptor;
  absl::AnyInvocable<void()> on_readable;
  bool watching = true;
};

}  // namespace

struct Shard::Loop {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::map<int, std::shared_ptr<Watch>> watches;
  std::thread thread;

  ~Loop() {
    for (auto& [fd, watch] : watches) watch->descriptor.release();
  }
};

Shard::Shard(std::string name, int niceness)
    : name_(std::move(name)), niceness_(niceness), loop_(std::make_unique<Loop>()) {}

Shard::~Shard() { stop(); }

void Shard::start() {
  TOCSIN_CHECK(!loop_->thread.joinable());
  loop_->thread = std::thread([this] {
    begin_io_thread(name_, niceness_);
    loop_->context.run();
  });
}

void Shard::stop() {
  loop_->context.stop();
  if (loop_->thread.joinable()) loop_->thread.join();
}

void Shard::post(Task task) { asio::post(loop_->context, std::move(task)); }

void Shard::run_and_wait(Task task) {
  TOCSIN_CHECK(!on_this_thread());
  std::promise<void> done;
  post([&] {
    task();
    done.set_value();
  });
  done.get_future().wait();
}

void Shard::every(uint32_t period_ms, absl::AnyInvocable<void()> task) {
  std::make_shared<Periodic>(loop_->context, period_ms, std::move(task))->arm();
}

void Shard::after(uint32_t delay_ms, Task task) {
  auto timer =
      std::make_shared<asio::steady_timer>(loop_->context, std::chrono::milliseconds(delay_ms));
  timer->async_wait(
      [timer, task = std::move(task)](const boost::system::error_code& error) mutable {
        if (!error) task();
      });
}

void Shard::watch_readable(int fd, absl::AnyInvocable<void()> on_readable) {
  auto watch = std::make_shared<Watch>(loop_->context, fd, std::move(on_readable));
  loop_->watches[fd] = watch;
  watch->arm();
}

void Shard::unwatch(int fd) {
  const auto found = loop_->watches.find(fd);
  if (found == loop_->watches.end()) return;
  found->second->watching = false;
  found->second->descriptor.release();
  loop_->watches.erase(found);
}

bool Shard::on_this_thread() const { return std::this_thread::get_id() == loop_->thread.get_id(); }

void* Shard::asio_context() { return &loop_->context; }

}  // namespace tocsin::runtime
