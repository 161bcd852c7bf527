// StoreUnderTest: the store and everything that applies records to it, without threads, log or bus.
//
// Thread: one owner.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/hex.h"
#include "cluster/in_process_bus.h"
#include "storage/apply/record_apply.h"
#include "storage/questions/handlers.h"
#include "storage/sessions/backlog.h"

#include "tests/support/answers.h"
#include "tests/unit/storage/records.h"

namespace tocsin::test {

// Every row of every column family, as (family, key) -> value.
using Dump = std::map<std::pair<int, std::string>, std::string>;

// The rows in which two dumps differ, readable, at most ten.
inline std::vector<std::string> differences(const Dump& a, const Dump& b) {
  std::vector<std::string> found;
  const auto compare = [&found](const Dump& one, const Dump& other, const char* where) {
    for (const auto& [key, value] : one) {
      const auto match = other.find(key);
      if (found.size() >= 10 || (match != other.end() && match->second == value)) continue;
      found.push_back(std::string(where) + " family " + std::to_string(key.first) + " key " +
                      to_hex(as_bytes(key.second)) + " value " + to_hex(as_bytes(value)));
    }
  };
  compare(a, b, "first");
  compare(b, a, "second");
  return found;
}

class StoreUnderTest {
 public:
  explicit StoreUnderTest(const std::string& folder) {
    auto opened = storage::Store::open(folder);
    EXPECT_TRUE(opened.ok()) << opened.status();
    store = *std::move(opened);
    registry = std::make_unique<storage::Registry>(*store);
    messages = std::make_unique<storage::Messages>(*store);
    inbox = std::make_unique<storage::Inbox>(*store);
    apply_record = std::make_unique<storage::RecordApply>(storage::ApplyParts{
        *store, apps, *registry, *messages, *inbox, inbox_tallies, live_casts, names, webhooks});
    backlog = std::make_unique<storage::Backlog>(*messages, *inbox, live_casts, names);
    replays = std::make_unique<storage::Replays>(*backlog, acks);
    sessions = std::make_unique<storage::Sessions>(storage::Sessions::Parts{
        *store, *registry, *messages, live_casts, names, acks, seen, *replays, outbox});
    EXPECT_TRUE(apps.load(*store).ok());
    EXPECT_TRUE(registry->load().ok());
    EXPECT_TRUE(live_casts.load(*store, wall_ms(), names).ok());
    EXPECT_TRUE(webhooks.load(*store).ok());
  }

  absl::Status try_apply(const std::string& record) {
    return apply_record->apply({store->state().position + 1, record}, applied);
  }
  void apply(const internal::Record& record) {
    const auto status = try_apply(record.SerializeAsString());
    EXPECT_TRUE(status.ok()) << status;
  }

  DeviceRef ref(const DeviceId& device) const {
    const auto found = registry->find(app, device);
    EXPECT_TRUE(found.ok() && found->has_value());
    return (*found)->ref;
  }

  // With nobody connected.
  template <typename Question>
  storage::AnswerTo<Question> ask(const Question& question, uint64_t now_ms = wall_ms()) const {
    return storage::answer(
        question, {*store, apps, *registry, *messages, live_casts, webhooks, *sessions}, now_ms);
  }

  Books books(uint64_t message, uint64_t now_ms = wall_ms()) const {
    const auto answer =
        ask(cluster::about<internal::BooksQuestion>(app, MessageId{message}), now_ms);
    EXPECT_TRUE(answer.ok()) << answer.status();
    if (!answer.ok()) return {};
    const Books books = books_of(*answer);
    EXPECT_EQ(books.targeted, books.pending + books.delivered + books.expired + books.replaced +
                                  books.recalled + books.dropped());
    return books;
  }

  Dump dump() const {
    Dump all;
    for (size_t family = 0; family < storage::families; ++family) {
      const auto rows = store->rows(static_cast<storage::Family>(family), {});
      for (; rows->valid(); rows->next()) {
        all[{static_cast<int>(family), std::string(rows->key())}] = std::string(rows->value());
      }
      EXPECT_TRUE(rows->status().ok());
    }
    return all;
  }

  std::unique_ptr<storage::Store> store;
  storage::Apps apps;
  std::unique_ptr<storage::Registry> registry;
  std::unique_ptr<storage::Messages> messages;
  std::unique_ptr<storage::Inbox> inbox;
  storage::InboxTallies inbox_tallies;
  storage::LiveCasts live_casts;
  storage::TraitNames names;
  storage::WebhookQueues webhooks;
  std::unique_ptr<storage::RecordApply> apply_record;
  cluster::InProcessBus bus;
  storage::AckGatherer acks;
  storage::SeenGatherer seen;
  storage::Outbox outbox{bus};
  std::unique_ptr<storage::Backlog> backlog;
  std::unique_ptr<storage::Replays> replays;
  std::unique_ptr<storage::Sessions> sessions;
  storage::Applied applied;
};

}  // namespace tocsin::test
