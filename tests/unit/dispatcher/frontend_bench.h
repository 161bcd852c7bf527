// A frontend without a server: requests are handed to it as the HTTP server would, on a connection
// thread that is the dispatcher's shard or another one, and what it answers is looked at.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "dispatcher/api.h"
#include "dispatcher/transport/frontend.h"

#include "tests/support/installation.h"

namespace tocsin::dispatcher {

// One request as its connection has it. Its calls come on the connection's thread; a test asks from
// its own.
class FakeExchange final : public runtime::HttpExchange {
 public:
  void respond(runtime::HttpResponse response) override {
    const std::lock_guard lock(mutex_);
    EXPECT_FALSE(response_) << "answered twice";
    response_ = std::move(response);
    changed_.notify_all();
  }
  void resume() override {
    const std::lock_guard lock(mutex_);
    ++resumed_;
    changed_.notify_all();
  }
  void vouch() override {
    const std::lock_guard lock(mutex_);
    vouched_ = true;
  }
  void when_gone(runtime::Task task) override {
    const std::lock_guard lock(mutex_);
    gone_ = std::move(task);
  }

  // The answer, once it is there.
  runtime::HttpResponse answer() {
    await([this] { return response_.has_value(); });
    const std::lock_guard lock(mutex_);
    return response_.value_or(runtime::HttpResponse{.status = 0});
  }
  bool is_answered() {
    const std::lock_guard lock(mutex_);
    return response_.has_value();
  }
  bool is_vouched() {
    const std::lock_guard lock(mutex_);
    return vouched_;
  }
  void await_resumed(int times) {
    await([&] { return resumed_ >= times; });
  }
  // On the connection's thread: what the server does when the client goes.
  void go() {
    runtime::Task task;
    {
      const std::lock_guard lock(mutex_);
      task = std::exchange(gone_, nullptr);
    }
    if (task) task();
    drop_answer();
  }
  void drop_answer() {
    std::optional<runtime::HttpResponse> dropped;
    const std::lock_guard lock(mutex_);
    dropped.swap(response_);
  }
  void on_piece(std::string piece) {
    const std::lock_guard lock(mutex_);
    pieces_.push_back(std::move(piece));
    changed_.notify_all();
  }
  std::string await_piece(size_t number) {
    await([&] { return pieces_.size() > number; });
    const std::lock_guard lock(mutex_);
    return pieces_.size() > number ? pieces_[number] : "no piece";
  }
  size_t pieces() {
    const std::lock_guard lock(mutex_);
    return pieces_.size();
  }

 private:
  template <typename Is>
  void await(Is is) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(60), is));
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<runtime::HttpResponse> response_;
  std::vector<std::string> pieces_;
  runtime::Task gone_;
  int resumed_ = 0;
  bool vouched_ = false;
};

// Whether the connection's thread is the dispatcher's shard.
enum class Threads { one, two };

class FrontendBench {
 public:
  explicit FrontendBench(Threads threads) {
    shard_->start();
    thread_ = threads == Threads::one ? shard_ : std::make_shared<runtime::Shard>("connections");
    if (threads == Threads::two) thread_->start();
    const auto counts = test::answer_of(at_.storage(), internal::CountsQuestion());
    shard_->run_and_wait([&] {
      api_.emplace(at_.options().api,
                   Services{at_.log(), at_.bus(), at_.storage(), runtime::Mailbox(shard_)},
                   at_.webhooks(), *counts);
      gate_ = std::make_shared<ApiGate>(*api_, runtime::Mailbox(shard_), runtime::Mailbox(thread_),
                                        at_.options().api.admin_key_hash);
      api_->follow([this](const ApiState& state) { gate_->set_state(state); });
      api_->on_apps_changed(table());
    });
    shard_->every(Api::tick_ms, [this] { api_->tick(); });
    thread_->run_and_wait([this] { frontend_ = std::make_unique<Frontend>(gate_); });
  }
  ~FrontendBench() {
    thread_->run_and_wait([this] {
      sink_.reset();
      frontend_.reset();
    });
    shard_->run_and_wait([this] {
      api_->end_streams();
      api_->abandon();
      api_->follow(nullptr);
    });
    thread_->stop();
    shard_->stop();
  }

  // The app "demo" with the key "key", and "reads" which may only read.
  static cluster::AppsChanged table(bool with_keys = true) {
    auto table = std::make_shared<cluster::AppTable>();
    cluster::AppConfig& app = table->by_id[1];
    app.id = AppId{1};
    app.name = "demo";
    table->id_by_name["demo"] = 1;
    if (!with_keys) return table;
    const auto add = [&](const std::string& text, Scopes scopes) {
      cluster::AppKey key;
      key.id = text;
      key.hash = runtime::sha256(as_bytes(text));
      key.scopes = scopes;
      app.keys.push_back(key);
    };
    add("key", app_scopes);
    add("reads", scope_bit(v1::READ));
    return table;
  }

  struct Head {
    std::string method = "POST";
    std::string path = {};
    std::string query = {};
    std::string key = {};
    std::vector<std::pair<std::string, std::string>> fields = {};
    bool has_body = true;
    runtime::HttpVersion version = runtime::HttpVersion::http2;
  };

  // Each is a request of its own; its body goes to push() and end().
  std::shared_ptr<FakeExchange> begin(const Head& head) {
    runtime::HttpRequestHead made{.version = head.version,
                                  .method = head.method,
                                  .path = head.path,
                                  .query = head.query,
                                  .has_body = head.has_body};
    if (!head.key.empty()) made.headers.add("authorization", "Bearer " + head.key);
    for (const auto& [name, value] : head.fields) made.headers.add(name, value);
    auto exchange = std::make_shared<FakeExchange>();
    thread_->run_and_wait([&] {
      sink_ = frontend_->begin(std::move(made),
                               runtime::HttpResponder(exchange, runtime::Mailbox(thread_)));
    });
    return exchange;
  }
  bool has_sink() const { return sink_ != nullptr; }
  // Whether more is welcome at once.
  bool push(const std::string& piece) {
    bool welcome = false;
    thread_->run_and_wait([&] { welcome = sink_->on_piece(piece); });
    return welcome;
  }
  void end() {
    thread_->run_and_wait([&] { sink_->on_end(); });
  }
  void drop_sink() {
    thread_->run_and_wait([&] { sink_.reset(); });
  }
  // A whole request, and its answer.
  runtime::HttpResponse call(const Head& head, const std::string& body = {}) {
    const auto exchange = begin(head);
    if (has_sink()) {
      if (!body.empty()) push(body);
      end();
    }
    return exchange->answer();
  }

  // Take the next piece of an open answer; await_piece() has it.
  void take(const std::shared_ptr<FakeExchange>& exchange) {
    const auto source = exchange->answer().source;
    ASSERT_NE(source, nullptr);
    thread_->run_and_wait([&] {
      source->next([exchange](std::string piece) { exchange->on_piece(std::move(piece)); });
    });
  }
  void on_thread(runtime::Task task) { thread_->run_and_wait(std::move(task)); }
  void on_dispatcher(runtime::Task task) { shard_->run_and_wait(std::move(task)); }

  test::Installation& at() { return at_; }
  Api& api() { return *api_; }
  ApiGate& gate() { return *gate_; }

 private:
  test::Installation at_;
  std::shared_ptr<runtime::Shard> shard_ = std::make_shared<runtime::Shard>("test-api");
  std::shared_ptr<runtime::Shard> thread_;
  std::optional<Api> api_;
  std::shared_ptr<ApiGate> gate_;
  std::unique_ptr<Frontend> frontend_;
  std::unique_ptr<runtime::HttpBodySink> sink_;
};

inline std::string field_of(const runtime::HttpFields& fields, const std::string& name) {
  for (const auto& [key, value] : fields) {
    if (key == name) return value;
  }
  return "none";
}

}  // namespace tocsin::dispatcher
