// Random operations on the store and on a naive model of it, compared after every step, also across
// restarts.
#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "base/prng.h"
#include "storage/store/expiry.h"
#include "storage/store/keys.h"
#include "storage/store/sets.h"
#include "storage/tables/idempotency.h"
#include "storage/tables/schedules.h"
#include "storage/tables/stored_terms.h"

#include "tests/unit/cluster/temp_folder.h"
#include "tests/unit/storage/naive_model.h"
#include "tests/unit/storage/records.h"
#include "tests/unit/storage/store_state.h"

namespace tocsin::storage {
namespace {

using namespace test;  // NOLINT: the record builders

constexpr uint32_t device_numbers = 24;
constexpr uint32_t tag_numbers = 3;
constexpr uint64_t step_ms = 10;
constexpr uint64_t long_ttl_ms = 3'600'000;

DeviceId id_of(uint32_t number) { return device_id(number, static_cast<uint8_t>(number % 3)); }

class World {
 public:
  explicit World(uint64_t seed) : prng_(seed) { reopen(); }

  void step() {
    now_ms_ += step_ms;
    const std::function<void()> operations[] = {
        [&] { enroll(); },         [&] { enroll(); },           [&] { change(); },
        [&] { erase(); },          [&] { send_to_some(); },     [&] { send_to_some(); },
        [&] { send_to_tag(); },    [&] { send_to_audience(); }, [&] { acknowledge(); },
        [&] { acknowledge(); },    [&] { acknowledge(); },      [&] { recall(); },
        [&] { upload(); },         [&] { reopen(); },           [&] { put_schedule(); },
        [&] { send_scheduled(); }, [&] { cancel(); },           [&] { send_labelled(); }};
    operations[prng_.below(std::size(operations))]();
    compare();
  }

 private:
  uint32_t some_device() { return static_cast<uint32_t>(prng_.below(device_numbers)); }
  std::string some_tag() { return "t" + std::to_string(prng_.below(tag_numbers)); }
  std::string some_key() { return prng_.below(2) == 0 ? "" : "k" + std::to_string(prng_.below(2)); }
  uint64_t some_ttl_ms() {
    const uint64_t ttls_ms[] = {0, 20 * step_ms, long_ttl_ms};
    return ttls_ms[prng_.below(std::size(ttls_ms))];
  }
  MessageOf message(uint64_t ttl_ms) {
    return {++last_message_, static_cast<wire::Priority>(1 + prng_.below(4)), now_ms_, ttl_ms, app};
  }

  void enroll() {
    const uint32_t number = some_device();
    const std::string tag = some_tag();
    internal::Record record = registered(id_of(number), {tag});
    record.mutable_device_registered()->set_registered_at_ms(now_ms_);
    store_->apply(record);
    model_.enroll(number, tag);
    lives_[model_.devices[number].life] = store_->ref(id_of(number));
  }

  void change() {
    const uint32_t number = some_device();
    const std::string add = some_tag();
    const std::string remove = some_tag();
    const std::string alias = prng_.below(3) == 0 ? "" : "user" + std::to_string(prng_.below(2));
    internal::Record record = tagged(id_of(number), {add}, {remove});
    record.mutable_device_changed()->set_alias(alias);
    store_->apply(record);
    const auto found = model_.devices.find(number);
    if (found == model_.devices.end()) return;
    found->second.tags.erase(remove);
    found->second.tags.insert(add);
    found->second.alias = alias;
  }

  void erase() {
    if (prng_.below(3) != 0) return enroll();
    const uint32_t number = some_device();
    store_->apply(deleted(id_of(number), now_ms_));
    model_.erase(number, now_ms_);
  }

  void send_to_some() {
    const uint64_t ttl_ms = some_ttl_ms();
    const std::string key = some_key();
    const std::set<uint32_t> numbers = {some_device(), some_device(), some_device()};
    std::vector<DeviceId> ids;
    for (const uint32_t number : numbers) ids.push_back(id_of(number));
    store_->apply(collapsing(to_devices(message(ttl_ms), ids), key));
    model_.accept_for(last_message_, numbers, now_ms_, ttl_ms, key);
  }

  void send_to_tag() {
    const uint64_t ttl_ms = some_ttl_ms();
    const std::string key = some_key();
    const std::string tag = some_tag();
    store_->apply(collapsing(to_tag(message(ttl_ms), tag), key));
    const auto has_tag = [&](const ModelDevice& device) { return device.tags.contains(tag); };
    model_.accept_cast(last_message_, has_tag, now_ms_, ttl_ms, key);
  }

  void send_to_audience() {
    const uint64_t ttl_ms = some_ttl_ms();
    const std::string key = some_key();
    store_->apply(collapsing(to_audience(message(ttl_ms), expression), key));
    model_.accept_cast(
        last_message_, [&](const auto& device) { return is_meant(device); }, now_ms_, ttl_ms, key);
  }

  void acknowledge() {
    if (model_.devices.empty() || last_message_ == 0) return enroll();
    auto device = model_.devices.begin();
    std::advance(device, prng_.below(model_.devices.size()));
    const Life life = device->second.life;
    const uint64_t id = 1 + prng_.below(last_message_);
    const bool opened = prng_.below(3) == 0;
    const std::vector<DeviceRef> place = {lives_[life]};
    store_->apply(opened ? delivered(id, {}, place) : delivered(id, place));
    model_.acknowledge(id, life, opened);
  }

  void recall() {
    if (prng_.below(3) != 0 || last_message_ == 0) return acknowledge();
    const uint64_t id = 1 + prng_.below(last_message_);
    const bool fresh = model_.messages.contains(id) && !model_.messages[id].recalled_ever;
    const uint64_t notice = fresh && prng_.below(2) == 0 ? ++last_message_ : 0;
    store_->apply(recalled(id, now_ms_, notice));
    model_.recall(id, now_ms_, notice, long_ttl_ms);
  }

  void upload() {
    const bool clear = prng_.below(4) == 0;
    const uint32_t in = some_device();
    const uint32_t out = some_device();
    store_->apply(audience_of("beta", {id_of(in)}, {id_of(out)}, clear));
    Lives& members = model_.audiences["beta"];
    if (clear) members.clear();
    if (model_.devices.contains(out)) members.erase(model_.devices[out].life);
    if (model_.devices.contains(in)) members.insert(model_.devices[in].life);
  }

  void put_schedule() {
    const bool again = !model_.schedules.empty() && prng_.below(2) == 0;
    const uint64_t id = again ? model_.schedules.begin()->first : ++last_message_;
    const uint64_t due_at_ms = now_ms_ + prng_.below(1000);
    store_->apply(scheduled(id, due_at_ms));
    model_.schedules[id] = due_at_ms;
  }

  // What is due first becomes a message, twice; and then somebody changes the schedule, too late.
  void send_scheduled() {
    if (model_.schedules.empty()) return put_schedule();
    internal::DueSchedulesQuestion question;
    question.set_until_ms(UINT64_MAX);
    question.set_schedules_max(1);
    const auto due = store_->ask(question, now_ms_);
    ASSERT_TRUE(due.ok() && due->schedules_size() == 1);
    const uint64_t id = due->schedules(0).message_id();
    ASSERT_EQ(model_.schedules.count(id), 1u);
    for (const auto& [other, due_at_ms] : model_.schedules) {
      ASSERT_LE(model_.schedules[id], due_at_ms) << other;
    }
    const internal::Record record =
        to_tag({id, wire::Priority::normal, now_ms_, long_ttl_ms, app}, "t0");
    store_->apply(record);
    model_.schedules.erase(id);
    model_.accept_cast(
        id, [](const auto& device) { return device.tags.contains("t0"); }, now_ms_, long_ttl_ms,
        "");
    store_->apply(record);
    store_->apply(scheduled(id, now_ms_));
  }

  void cancel() {
    const uint64_t id = 1 + prng_.below(last_message_ + 1);
    store_->apply(unscheduled(id));
    model_.schedules.erase(id);
    last_message_ = std::max(last_message_, id);
  }

  void send_labelled() {
    const std::string label = some_tag();
    const std::string key = "call" + std::to_string(prng_.below(4));
    store_->apply(keyed(labelled(to_tag(message(long_ttl_ms), label), label), key));
    const auto has_tag = [&](const ModelDevice& device) { return device.tags.contains(label); };
    model_.accept_cast(last_message_, has_tag, now_ms_, long_ttl_ms, "");
    model_.labelled[label].insert(last_message_);
    model_.answers.try_emplace(key, last_message_);
  }

  void reopen() {
    if (store_) {
      ASSERT_TRUE(store_->store->flush(true).ok());
      store_.reset();
    }
    store_ = std::make_unique<StoreUnderTest>(folder_.path("db"));
    if (store_->store->state().position == 0) store_->apply(app_created());
  }

  // The same thing in two languages.
  static constexpr const char* expression = "tag:t0 and not alias:user1 or audience:beta";
  bool is_meant(const ModelDevice& device) const {
    const auto beta = model_.audiences.find("beta");
    return (device.tags.contains("t0") && device.alias != "user1") ||
           (beta != model_.audiences.end() && beta->second.contains(device.life));
  }

  void compare() {
    ASSERT_EQ(store_->registry->devices(), model_.devices.size());
    for (uint32_t i = 0; i < tag_numbers; ++i) {
      const std::string tag = "t" + std::to_string(i);
      const auto set = read_set(*store_->store, tag_set_prefix(app, tag));
      ASSERT_TRUE(set.ok());
      ASSERT_EQ(set->size(),
                model_.select([&](const auto& d) { return d.tags.contains(tag); }).size());
    }
    const auto meant =
        find_audience(*store_->store, app, expression, now_ms_, StoredTerms::Unknown::nobody);
    ASSERT_TRUE(meant.ok());
    const Lives wanted = model_.select([&](const auto& device) { return is_meant(device); });
    ASSERT_EQ(meant->size(), wanted.size());
    for (const Life life : wanted) ASSERT_TRUE(meant->contains(lives_[life]));
    for (const auto& [id, message] : model_.messages) compare_books(id, message);
    compare_fates();
    compare_lists();
    compare_schedules();
  }

  std::vector<uint64_t> list(const std::string& label, size_t max) const {
    auto question = cluster::about<internal::MessagePageQuestion>(app);
    if (!label.empty()) question.set_label(label);
    question.set_messages_max(static_cast<uint32_t>(max));
    const auto page = store_->ask(question, now_ms_);
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) return {};
    return {page->message_ids().begin(), page->message_ids().end()};
  }

  void compare_lists() {
    std::vector<uint64_t> all;
    for (const auto& [id, message] : model_.messages) all.insert(all.begin(), id);
    ASSERT_EQ(list("", all.size() + 1), all);
    for (const auto& [label, ids] : model_.labelled) {
      ASSERT_EQ(list(label, ids.size()), std::vector<uint64_t>(ids.rbegin(), ids.rend()));
    }
    for (const auto& [key, id] : model_.answers) {
      const auto answer = find_first_answer(*store_->store, app, key, now_ms_);
      ASSERT_TRUE(answer.ok() && answer->has_value());
      ASSERT_EQ((*answer)->message_id(), id);
    }
  }

  void compare_schedules() {
    auto question = cluster::about<internal::SchedulesQuestion>(app);
    question.set_schedules_max(static_cast<uint32_t>(model_.schedules.size() + 1));
    const auto schedules = store_->ask(question, now_ms_);
    ASSERT_TRUE(schedules.ok());
    std::map<uint64_t, uint64_t> stored;
    for (const auto& schedule : schedules->schedules()) {
      stored[schedule.message_id()] = schedule.scheduled().due_at_ms();
    }
    ASSERT_EQ(stored, model_.schedules);
    ASSERT_EQ(*count_schedules(*store_->store, app), model_.schedules.size());
  }

  void compare_books(uint64_t id, const ModelMessage& message) {
    const Books books = store_->books(id, now_ms_);
    SCOPED_TRACE("message " + std::to_string(id));
    ASSERT_EQ(books.targeted, message.targeted.size() + message.unknown);
    ASSERT_EQ(books.delivered, message.delivered.size());
    ASSERT_EQ(books.opened, message.opened.size());
    ASSERT_EQ(books.replaced, message.replaced.size());
    ASSERT_EQ(books.recalled, message.recalled.size());
    ASSERT_EQ(books.dropped_device_deleted, message.deleted.size());
    ASSERT_EQ(books.dropped_unknown_device, message.unknown);
    ASSERT_EQ(books.pending + books.expired, message.pending().size());
    const bool over = now_ms_ >= message.expires_at_ms;
    ASSERT_EQ(over ? books.pending : books.expired, 0u);
  }

  // What a device that connects now would be offered: live casts, and its inbox.
  void compare_fates() {
    for (const auto& [number, device] : model_.devices) {
      const DeviceRef place = lives_[device.life];
      for (const auto& [id, message] : model_.messages) {
        // What is live follows the wall clock, which the model has not.
        if (message.expires_at_ms < now_ms_ + long_ttl_ms / 2) continue;
        const bool pending = message.is_pending(device.life);
        if (message.is_cast) {
          const LiveCast* cast = store_->live_casts.find(app, MessageId{id});
          ASSERT_EQ(cast != nullptr && cast->is_pending_for(place), pending) << "cast " << id;
          continue;
        }
        const auto head = store_->messages->head(app, MessageId{id});
        ASSERT_TRUE(head.ok() && head->has_value());
        const auto row = store_->inbox->find(place, (*head)->order());
        ASSERT_TRUE(row.ok());
        ASSERT_EQ(row->has_value(), pending) << "row of message " << id << ", device " << number;
      }
    }
  }

  TempFolder folder_;
  Prng prng_;
  uint64_t now_ms_ = wall_ms();
  uint64_t last_message_ = 0;
  NaiveModel model_;
  std::map<Life, DeviceRef> lives_;  // where each device is or was
  std::unique_ptr<StoreUnderTest> store_;
};

class ModelPropertyTest : public testing::TestWithParam<uint64_t> {};

TEST_P(ModelPropertyTest, TheStoreIsWhatTheModelSays) {
  SCOPED_TRACE("replay with --gtest_filter=*ModelProperty*/" + std::to_string(GetParam() - 1));
  World world(GetParam());
  for (int i = 0; i < 300; ++i) {
    world.step();
    if (testing::Test::HasFatalFailure() || testing::Test::HasNonfatalFailure()) {
      FAIL() << "at step " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ModelPropertyTest, testing::Range<uint64_t>(1, 9));

}  // namespace
}  // namespace tocsin::storage
