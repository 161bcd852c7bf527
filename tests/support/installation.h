// A whole installation but the gateways, in a folder of its own: log, storage, bus, dispatcher, and
// a client that trusts it. What a gateway would get from the bus is kept for the test to look at.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fmt/format.h>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stdlib.h>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "cluster/embedded_log.h"
#include "cluster/in_process_bus.h"
#include "dispatcher/dispatcher.h"
#include "runtime/http/https_client.h"
#include "runtime/tls/key_material.h"
#include "storage/storage.h"
#include "tocsin/internal/record.pb.h"
#include "webhooks/webhooks.h"

#include "tests/support/answers.h"
#include "tests/support/https_identity.h"

namespace tocsin::test {

inline constexpr char admin_key[] = "test-admin-key";

// The packaged gRPC is not built for the thread sanitizer, which would see a race in every call.
#ifdef TOCSIN_THREAD_SANITIZER
inline constexpr bool grpc_is_on = false;
#else
inline constexpr bool grpc_is_on = true;
#endif

// The log, with a door to refuse what a full disk would refuse.
class RefusableLog : public cluster::Log {
 public:
  explicit RefusableLog(std::unique_ptr<cluster::Log> log) : log_(std::move(log)) {}

  void refuse(absl::Status status) {
    const std::lock_guard lock(mutex_);
    refusal_ = std::move(status);
  }

  // While held, copies wait.
  void hold_copies(bool held) {
    const std::lock_guard lock(mutex_);
    copies_held_ = held;
    copies_go_on_.notify_all();
  }

  // While held, what is appended waits here.
  void hold_appends(bool held) {
    std::vector<std::pair<std::string, OnCommit>> waiting;
    {
      const std::lock_guard lock(mutex_);
      appends_held_ = held;
      if (!held) waiting.swap(held_appends_);
    }
    for (auto& [record, on_commit] : waiting) {
      log_->append(std::move(record), std::move(on_commit));
    }
  }
  size_t held_appends() {
    const std::lock_guard lock(mutex_);
    return held_appends_.size();
  }

  void append(std::string record, OnCommit on_commit) override {
    absl::Status refusal;
    {
      const std::lock_guard lock(mutex_);
      if (appends_held_) {
        held_appends_.emplace_back(std::move(record), std::move(on_commit));
        return;
      }
      refusal = refusal_;
    }
    refusal.ok() ? log_->append(std::move(record), std::move(on_commit)) : on_commit(refusal);
  }
  absl::Status subscribe(cluster::Position after, OnEntries on_entries) override {
    return log_->subscribe(after, std::move(on_entries));
  }
  void trim(cluster::Position upto) override { log_->trim(upto); }
  absl::StatusOr<cluster::Position> copy_to(const std::string& folder,
                                            cluster::Position after) override {
    std::unique_lock lock(mutex_);
    copies_go_on_.wait(lock, [this] { return !copies_held_; });
    if (!refusal_.ok()) return refusal_;
    lock.unlock();
    return log_->copy_to(folder, after);
  }
  cluster::Position last() const override { return log_->last(); }
  bool is_refusing() const override {
    const std::lock_guard lock(mutex_);
    return !refusal_.ok() || log_->is_refusing();
  }
  void stop() override { log_->stop(); }

 private:
  std::unique_ptr<cluster::Log> log_;
  mutable std::mutex mutex_;
  absl::Status refusal_;
  bool copies_held_ = false;
  bool appends_held_ = false;
  std::vector<std::pair<std::string, OnCommit>> held_appends_;
  std::condition_variable copies_go_on_;
};

class Installation {
 public:
  struct Options {
    dispatcher::Options api;
    webhooks::Options webhooks;
  };
  using Adjust = std::function<void(Options&)>;

  explicit Installation(Adjust adjust = nullptr) : adjust_(std::move(adjust)) {
    char name[] = "/tmp/tocsin-test-XXXXXX";
    folder_ = mkdtemp(name);
    open();
  }
  ~Installation() {
    close();
    std::filesystem::remove_all(folder_);
  }

  void open() {
    log_ = std::make_unique<RefusableLog>(*cluster::EmbeddedLog::open(folder_ + "/log"));
    bus_.emplace();
    gateway_ = std::make_unique<runtime::Shard>("gateway-test");
    gateway_->start();
    bus_->join(cluster::Role::gateway, *gateway_, [this](cluster::BusMessage message) {
      const std::lock_guard lock(mutex_);
      if (const auto* cast = std::get_if<cluster::Cast>(&message)) casts_.push_back(*cast);
    });
    auto storage = storage::Storage::open({.folder = folder_ + "/storage"}, *log_, *bus_);
    TOCSIN_CHECK(storage.ok());
    storage_ = *std::move(storage);
    auto webhooks = webhooks::Webhooks::start(options().webhooks, *log_, *bus_, *storage_);
    TOCSIN_CHECK(webhooks.ok());
    webhooks_ = *std::move(webhooks);
    auto dispatcher =
        dispatcher::Dispatcher::start(options().api, *log_, *bus_, *storage_, *webhooks_);
    if (!dispatcher.ok()) fmt::print(stderr, "{}\n", dispatcher.status().ToString());
    TOCSIN_CHECK(dispatcher.ok());
    dispatcher_ = *std::move(dispatcher);
  }

  // What the next open() starts with.
  void adjust(Adjust adjust) { adjust_ = std::move(adjust); }

  void stop_dispatcher() { dispatcher_->stop(); }

  void close() {
    dispatcher_->stop();
    webhooks_->stop();
    storage_->stop();
    log_->stop();
    gateway_->stop();
    dispatcher_.reset();
    webhooks_.reset();
    storage_.reset();
    log_.reset();
    bus_.reset();
    gateway_.reset();
  }

  Options options() const {
    Options options;
    options.api = {.listen_address = "127.0.0.1:0",
                   .plain_address = "",
                   .grpc_address = "",  // gRPC is on the same port
                   // Tests are many clients at one address.
                   .http = {.identity = identity_,
                            .address_connections_max = 0,
                            .address_handshakes_per_s = 0},
                   .admin_key_hash = runtime::sha256(as_bytes(admin_key)),
                   .node = 1,
                   .live =
                       [] {
                         return dispatcher::LiveCounts{3, 4};
                       },
                   .version = "1.2.3",
                   .backups_folder = folder_ + "/backups",
                   .webhook_loopback = true};
    options.webhooks.allow_loopback = true;
    if (adjust_) adjust_(options);
    return options;
  }

  std::string server() const { return fmt::format("https://127.0.0.1:{}", dispatcher_->port()); }
  uint16_t port() const { return dispatcher_->port(); }
  uint16_t grpc_port() const { return dispatcher_->grpc_port(); }
  const std::string& ca_pem() const { return identity_.certificate_chain_pem; }
  const std::string& folder() const { return folder_; }
  RefusableLog& log() { return *log_; }
  cluster::InProcessBus& bus() { return *bus_; }
  storage::Storage& storage() { return *storage_; }
  webhooks::Webhooks& webhooks() { return *webhooks_; }

  std::unique_ptr<runtime::HttpsClient> client() const {
    // A sanitizer on a busy machine makes a list of a million ids slow, and that is not a failure.
    return *runtime::HttpsClient::create(
        {.server = server(), .ca_pem = ca_pem(), .timeout_ms = 300'000});
  }

  std::vector<cluster::Cast> casts() {
    const std::lock_guard lock(mutex_);
    return casts_;
  }

  void await_casts(size_t count) {
    for (int i = 0; i < 1000 && casts().size() < count; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ASSERT_EQ(casts().size(), count);
  }

  // Until storage has applied everything that the log has.
  void await_applied() {
    for (int i = 0; i < 2000; ++i) {
      if (answer_of(*storage_, internal::CountsQuestion())->applied() >= log_->last()) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    FAIL() << "storage does not catch up";
  }

  // What a gateway does for a Register; returns once storage knows the device.
  void register_device(uint32_t app, const DeviceId& device, const std::string& tag = {}) {
    internal::Record record;
    auto* registered = record.mutable_device_registered();
    registered->set_app_id(app);
    registered->set_device_id(device.bytes.data(), device.bytes.size());
    registered->set_registered_at_ms(wall_ms());
    if (!tag.empty()) registered->add_tags(tag);
    log_->append(record.SerializeAsString(), [](auto) {});
    for (int i = 0; i < 1000 && !knows(app, device); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    ASSERT_TRUE(knows(app, device));
  }

 private:
  bool knows(uint32_t app, const DeviceId& device) {
    auto question = cluster::about<internal::KnownDevicesQuestion>(AppId{app});
    *question.add_device_ids() = cluster::bytes_of(device);
    return answer_of(*storage_, std::move(question))->known(0);
  }

  Adjust adjust_;
  runtime::TlsIdentity identity_ = https_identity();
  std::string folder_;
  std::unique_ptr<RefusableLog> log_;
  std::optional<cluster::InProcessBus> bus_;
  std::unique_ptr<runtime::Shard> gateway_;
  std::unique_ptr<storage::Storage> storage_;
  std::unique_ptr<webhooks::Webhooks> webhooks_;
  std::unique_ptr<dispatcher::Dispatcher> dispatcher_;
  std::mutex mutex_;
  std::vector<cluster::Cast> casts_;
};

}  // namespace tocsin::test
