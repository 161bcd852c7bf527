#include "dispatcher/report/totals.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/reply/log_refusal.h"
#include "dispatcher/reply/resource.h"
#include "dispatcher/report/device_counts.h"
#include "dispatcher/report/latency.h"
#include "json/timestamp.h"

namespace tocsin::dispatcher {
namespace {

// Below every id given out in a later millisecond, and above every id of an earlier one.
MessageId first_id_at(uint64_t wall_ms) {
  constexpr uint64_t year_2100_ms = 4'102'444'800'000;  // ids reach further
  return MessageIdSource(/*node=*/0).next(std::min(wall_ms, year_2100_ms));
}

}  // namespace

// One call: page, books of the page, next page ... answer.
class Totals::Run : public std::enable_shared_from_this<Run> {
 public:
  Run(const Services& services, AppId app, const v1::GetTotalsRequest& request, Reply reply,
      std::shared_ptr<size_t> running)
      : services_(services),
        app_(app),
        request_(request),
        reply_(std::move(reply)),
        running_(std::move(running)) {
    ++*running_;
    if (request.has_until_time()) before_ = first_id_at(json::ms_of(request.until_time()));
    if (request.has_from_time()) first_ = first_id_at(json::ms_of(request.from_time()));
  }
  ~Run() { --*running_; }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  void ask_for_page() {
    auto question = about<internal::MessagePageQuestion>(app_);
    question.set_before(before_.value);
    question.set_messages_max(limits::messages_page_max);
    if (!request_.label().empty()) question.set_label(request_.label());
    if (!request_.group().empty()) question.set_group(request_.group());
    services_.storage.ask(
        std::move(question),
        services_.mailbox.wrap([self = shared_from_this()](auto page) { self->take(page); }));
  }

 private:
  void take(const absl::StatusOr<internal::MessagePageQuestion::Answer>& page) {
    if (!page.ok()) return reply_.fail(unread("messages", page.status()));
    before_ = MessageId{page->next()};
    std::vector<MessageId> in_range;
    for (const uint64_t id : page->message_ids()) {
      if (MessageId{id} >= first_) in_range.push_back(MessageId{id});
    }
    if (in_range.size() < static_cast<size_t>(page->message_ids_size()))
      before_ = {};  // the rest is older
    const size_t room = limits::totals_messages_max - asked_;
    if (in_range.size() > room) truncate(in_range, room);
    asked_ += in_range.size();
    waiting_ = std::move(in_range);
    ask_for_books();
  }

  // One after the other: other work of storage comes in between.
  void ask_for_books() {
    if (waiting_.empty()) return go_on();
    const MessageId message = waiting_.back();
    waiting_.pop_back();
    services_.storage.ask(
        about<internal::BooksQuestion>(app_, message),
        services_.mailbox.wrap([self = shared_from_this()](auto books) { self->add(books); }));
  }

  void truncate(std::vector<MessageId>& messages, size_t room) {
    messages.resize(room);
    totals_.set_truncated(true);
    before_ = {};
  }

  void add(const absl::StatusOr<cluster::Books>& books) {
    // A message whose report has just expired is left out; any other error is reported.
    if (books.ok()) {
      add_books(*books);
    } else if (!absl::IsNotFound(books.status())) {
      failure_ = books.status();
    }
    ask_for_books();
  }

  void add_books(const cluster::Books& books) {
    totals_.set_messages(totals_.messages() + 1);
    totals_.set_targeted(totals_.targeted() + books.targeted());
    totals_.set_opened(totals_.opened() + books.opened());
    add_devices(books, totals_);
    latency_.Resize(limits::latency_buckets, 0);
    for (int i = 0; i < books.latency_size(); ++i) latency_[i] += books.latency(i);
  }

  void go_on() {
    if (!failure_.ok()) return reply_.fail(unread("a report", failure_));
    const bool is_late = monotonic_ms() - began_at_ms_ >= limits::totals_ms_max;
    const bool is_full = asked_ >= limits::totals_messages_max;
    if (before_.value != 0 && !is_late && !is_full) return ask_for_page();
    if (before_.value > first_.value) totals_.set_truncated(true);
    if (has_deliveries(latency_)) *totals_.mutable_latency() = latency_of(latency_);
    reply_.send(std::move(totals_));
  }

  Services services_;
  AppId app_;
  v1::GetTotalsRequest request_;
  Reply reply_;
  std::shared_ptr<size_t> running_;
  uint64_t began_at_ms_ = monotonic_ms();
  MessageId before_;  // of the next page; 0: none, or the newest for the first page
  MessageId first_;   // of the range
  size_t asked_ = 0;
  std::vector<MessageId> waiting_;  // of the page
  absl::Status failure_;
  v1::Totals totals_;
  Latencies latency_;
};

void Totals::get(const cluster::AppConfig& app, const v1::GetTotalsRequest& request, Reply reply) {
  if (!request.label().empty() && !request.group().empty()) {
    return reply.fail(invalid_field("group", "give a label or a group, not both"));
  }
  const bool both = request.has_from_time() && request.has_until_time();
  if (both && json::ms_of(request.from_time()) >= json::ms_of(request.until_time())) {
    return reply.fail(invalid_field("until_time", "must be after from_time"));
  }
  if (*running_ >= limits::totals_at_once_max) {
    return reply.fail(absl::ResourceExhaustedError(
        fmt::format("{} calls for totals are under way: try again", limits::totals_at_once_max)));
  }
  std::make_shared<Run>(services_, app.id, request, std::move(reply), running_)->ask_for_page();
}

}  // namespace tocsin::dispatcher
