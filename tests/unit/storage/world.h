// World: a real log, a real bus, a real storage, and a gateway endpoint that notes what it is told.
//
// Storage's lane handles what it is sent in order, and answers go to the gateway in order, so that
// settle() needs no waiting in the dark: it is a round trip through both.
//
// Thread: the test's.
#pragma once

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "cluster/embedded_log.h"
#include "cluster/in_process_bus.h"
#include "runtime/shard.h"
#include "storage/storage.h"

#include "tests/support/answers.h"
#include "tests/unit/cluster/await.h"
#include "tests/unit/cluster/temp_folder.h"
#include "tests/unit/storage/records.h"

namespace tocsin::test {

// A gateway partition as storage sees it.
class GatewayEndpoint {
 public:
  struct Told {
    std::vector<cluster::SessionGrant> grants;
    std::vector<cluster::SessionRevoked> revoked;
    std::vector<cluster::Replay> delivers;
    std::vector<cluster::SessionTags> tags;
    std::vector<cluster::SlotsCast> casts;
    std::vector<cluster::AppsChanged> apps;
    size_t messages = 0;  // on the bus, however much is in each
  };

  explicit GatewayEndpoint(cluster::Bus& bus) : shard_("gateway") {
    shard_.start();
    id = bus.join(cluster::Role::gateway, shard_,
                  [this](cluster::BusMessage message) { note(std::move(message)); });
  }

  ~GatewayEndpoint() { shard_.stop(); }  // before told_ goes, which its thread writes

  // What came since the last time.
  Told take() {
    Told taken;
    shard_.run_and_wait([&] { taken = std::exchange(told_, {}); });
    return taken;
  }

  cluster::EndpointId id = 0;

 private:
  void note(cluster::BusMessage message) {
    ++told_.messages;
    const auto add = [](auto& to, auto& from) { to.insert(to.end(), from.begin(), from.end()); };
    if (auto* granted = std::get_if<cluster::SessionsGranted>(&message))
      add(told_.grants, *granted);
    if (auto* revoked = std::get_if<cluster::SessionsRevoked>(&message))
      add(told_.revoked, *revoked);
    if (auto* deliver = std::get_if<cluster::Deliver>(&message)) add(told_.delivers, *deliver);
    if (auto* tags = std::get_if<cluster::TagsChanged>(&message)) add(told_.tags, *tags);
    if (auto* casts = std::get_if<cluster::SlotsCasts>(&message)) add(told_.casts, *casts);
    if (auto* apps = std::get_if<cluster::AppsChanged>(&message)) told_.apps.push_back(*apps);
  }

  runtime::Shard shard_;
  Told told_;
};

// The log as storage has it, with a note of what storage asked for.
class WatchedLog : public cluster::Log {
 public:
  explicit WatchedLog(cluster::Log& log) : log_(log) {}
  void append(std::string record, OnCommit on_commit) override {
    log_.append(std::move(record), [this, on_commit = std::move(on_commit)](
                                       absl::StatusOr<cluster::Position> committed) mutable {
      if (!committed.ok()) ++refused;
      on_commit(std::move(committed));
    });
  }
  absl::Status subscribe(cluster::Position after, OnEntries on_entries) override {
    return log_.subscribe(after, std::move(on_entries));
  }
  void trim(cluster::Position upto) override { trimmed = upto; }
  absl::StatusOr<cluster::Position> copy_to(const std::string& folder,
                                            cluster::Position after) override {
    return log_.copy_to(folder, after);
  }
  cluster::Position last() const override { return log_.last(); }
  void stop() override { log_.stop(); }

  std::atomic<int> refused{0};
  std::atomic<cluster::Position> trimmed{0};

 private:
  cluster::Log& log_;
};

class World {
 public:
  explicit World(std::string folder) : folder_(std::move(folder)) {}
  ~World() { stop(); }

  absl::Status try_start() {
    bus = std::make_unique<cluster::InProcessBus>();
    gateway = std::make_unique<GatewayEndpoint>(*bus);
    auto opened_log = cluster::EmbeddedLog::open(folder_ + "/log");
    if (!opened_log.ok()) return opened_log.status();
    log = *std::move(opened_log);
    watched = std::make_unique<WatchedLog>(*log);
    auto opened = storage::Storage::open({folder_ + "/db"}, *watched, *bus);
    if (!opened.ok()) return opened.status();
    storage = *std::move(opened);
    return absl::OkStatus();
  }
  void start() {
    const auto status = try_start();
    ASSERT_TRUE(status.ok()) << status;
  }
  void stop() {
    if (storage) storage->stop();
    if (log) log->stop();
    storage.reset();
    gateway.reset();
    bus.reset();
    log.reset();  // its subscriptions and answers end before what they use
    watched.reset();
  }
  void restart() {
    stop();
    start();
  }
  const std::string& folder() const { return folder_; }

  // Commit a record, and wait until storage has applied it and the gateway knows.
  cluster::Position append(const internal::Record& record) {
    const auto position = append_and_wait(*log, record.SerializeAsString());
    EXPECT_TRUE(position.ok()) << position.status();
    settle();
    return position.ok() ? *position : 0;
  }
  void settle() { counts(); }

  cluster::StorageCounts counts() { return *answer_of(*storage, internal::CountsQuestion()); }
  absl::StatusOr<Books> try_books(uint64_t message, AppId of = app) {
    const auto answer =
        answer_of(*storage, cluster::about<internal::BooksQuestion>(of, MessageId{message}));
    if (!answer.ok()) return answer.status();
    return books_of(*answer);
  }
  Books books(uint64_t message) {
    const auto books = try_books(message);
    EXPECT_TRUE(books.ok()) << books.status();
    if (!books.ok()) return {};
    EXPECT_EQ(books->targeted, books->pending + books->delivered + books->expired +
                                   books->replaced + books->recalled + books->dropped());
    return *books;
  }
  bool await_delivered(uint64_t message, uint64_t count) {
    return await([&] { return books(message).delivered >= count; });
  }

  cluster::SessionRef session(uint32_t slot, uint32_t generation = 1) const {
    return {gateway->id, slot, generation};
  }
  // Send what gateways send, and wait until it is handled.
  void tell(cluster::BusMessage message) {
    bus->send(storage->endpoint(), std::move(message));
    settle();
  }
  // Open a session; returns its grant.
  cluster::SessionGrant open(const DeviceId& device, cluster::SessionRef session) {
    gateway->take();
    tell(cluster::SessionsOpened{{session, app, device}});
    auto told = gateway->take();
    EXPECT_EQ(told.grants.size(), 1u);
    return told.grants.empty() ? cluster::SessionGrant{} : told.grants[0];
  }
  void close(cluster::SessionRef session, DeviceRef device) {
    tell(cluster::SessionsClosed{{session, device}});
  }
  void ack(cluster::SessionRef session, DeviceRef device, const std::vector<uint64_t>& messages,
           bool opened = false) {
    cluster::Acknowledged acks;
    for (const uint64_t id : messages)
      acks.push_back({session, device, MessageId{id}, app, opened});
    tell(std::move(acks));
  }

  std::unique_ptr<WatchedLog> watched;
  std::unique_ptr<cluster::EmbeddedLog> log;
  std::unique_ptr<cluster::InProcessBus> bus;
  std::unique_ptr<GatewayEndpoint> gateway;
  std::unique_ptr<storage::Storage> storage;

 private:
  std::string folder_;
};

// The message ids of a replay, in order.
inline std::vector<uint64_t> ids_of(const cluster::Replay& replay) {
  std::vector<uint64_t> ids;
  for (const auto& envelope : replay.envelopes) ids.push_back(envelope->message.value);
  return ids;
}

}  // namespace tocsin::test
