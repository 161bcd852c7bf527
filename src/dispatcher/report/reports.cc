#include "dispatcher/report/reports.h"

#include <fmt/format.h>
#include <optional>
#include <utility>
#include <vector>

#include "json/timestamp.h"
#include "base/limits.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/reply/log_refusal.h"
#include "dispatcher/reply/names.h"
#include "dispatcher/reply/resource.h"
#include "dispatcher/report/latency.h"

namespace tocsin::dispatcher {
namespace {

v1::SendRequest::Priority priority_of(wire::Priority priority) {
  static_assert(static_cast<int>(wire::Priority::low) == v1::SendRequest::LOW);
  static_assert(static_cast<int>(wire::Priority::alert) == v1::SendRequest::ALERT);
  return static_cast<v1::SendRequest::Priority>(priority);
}

struct FateText {
  v1::DeviceReport::State state;
  const char* reason;
};

const char* pending_reason(const storage::DeviceFate& fate) {
  if (fate.held) return "it goes out in steps, and has not come to this device";
  if (!fate.connected) return "the device is not connected; it gets it when it comes";
  if (fate.has_terms)
    return "on its way, or waiting for the hour or the conditions it was sent for";
  return "on its way; the device has not acknowledged it yet";
}

FateText text_of(const storage::DeviceFate& fate) {
  using Fate = storage::DeviceFate::State;
  switch (fate.state) {
    case Fate::not_targeted:
      return {v1::DeviceReport::NOT_TARGETED, "the device did not match when it was accepted"};
    case Fate::registered_later:
      return {v1::DeviceReport::NOT_TARGETED, "the device registered after it was accepted"};
    case Fate::pending:
      return {v1::DeviceReport::PENDING, pending_reason(fate)};
    case Fate::delivered:
      return {v1::DeviceReport::DELIVERED, "the app on the device has it"};
    case Fate::opened:
      return {v1::DeviceReport::OPENED, "the user opened it"};
    case Fate::expired:
      return {v1::DeviceReport::EXPIRED, "its ttl ended before the device acknowledged it"};
    case Fate::replaced:
      return {v1::DeviceReport::REPLACED, "a newer message with its collapse key took its place"};
    case Fate::recalled:
      return {v1::DeviceReport::RECALLED, "it was recalled before the device acknowledged it"};
    case Fate::dropped_inbox_full:
      return {v1::DeviceReport::DROPPED, "too many messages were waiting for the device"};
    case Fate::dropped_device_deleted:
      return {v1::DeviceReport::DROPPED, "the device was deleted"};
    case Fate::dropped_stopped:
      return {v1::DeviceReport::DROPPED, "sending was stopped before it came to this device"};
    case Fate::dropped_frequency_cap:
      return {v1::DeviceReport::DROPPED,
              "the device had as many messages that day as the app allows"};
  }
  return {v1::DeviceReport::STATE_UNSPECIFIED, ""};
}

v1::DeviceReport device_report(MessageId message, const DeviceId& device,
                               const storage::DeviceFate& fate) {
  const FateText text = text_of(fate);
  v1::DeviceReport report;
  report.set_message_id(message.text());
  report.set_device_id(device.text());
  report.set_state(text.state);
  report.set_reason(text.reason);
  report.set_connected(fate.connected);
  return report;
}

v1::MessageReport::State state_of(const storage::Books& books) {
  if (books.recalled_at_ms > 0) return v1::MessageReport::RECALLED;
  if (books.rollout && books.rollout->state == storage::Rollout::State::stopped) {
    return v1::MessageReport::STOPPED;
  }
  return books.pending > 0 ? v1::MessageReport::SENDING : v1::MessageReport::FINISHED;
}

void set_rollout(const storage::Books& books, v1::MessageReport::Rollout& to) {
  using State = storage::Rollout::State;
  const storage::Rollout& rollout = *books.rollout;
  const bool canary = rollout.paced_from_ms == 0;
  to.set_state(rollout.state == State::stopped ? v1::MessageReport::Rollout::STOPPED
               : rollout.state == State::done  ? v1::MessageReport::Rollout::DONE
               : canary                        ? v1::MessageReport::Rollout::CANARY
                                               : v1::MessageReport::Rollout::RUNNING);
  to.set_released(rollout.released);
  to.set_held(books.held);
  to.set_canaries(rollout.canaries);
  to.set_stop_reason(rollout.stop_reason);
}

}  // namespace

v1::MessageReport report_of(const std::string& app, const storage::Books& books) {
  v1::MessageReport report;
  report.set_name(message_resource(app, books.message));
  report.set_message_id(books.message.text());
  json::set_time(*report.mutable_accept_time(), books.accepted_at_ms);
  json::set_time(*report.mutable_expire_time(), books.expires_at_ms);
  report.set_priority(priority_of(books.priority));
  report.set_targeted(books.targeted);
  report.set_pending(books.pending);
  report.set_delivered(books.delivered);
  report.set_opened(books.opened);
  report.set_expired(books.expired);
  report.set_dropped(books.dropped());
  report.set_replaced(books.replaced);
  report.set_recalled(books.recalled);
  v1::MessageReport::Dropped& why = *report.mutable_dropped_because();
  why.set_unknown_device(books.dropped_unknown_device);
  why.set_inbox_full(books.dropped_inbox_full);
  why.set_device_deleted(books.dropped_device_deleted);
  why.set_rollout_stopped(books.dropped_stopped);
  why.set_frequency_cap(books.dropped_frequency_cap);
  report.set_state(state_of(books));
  if (books.rollout) set_rollout(books, *report.mutable_rollout());
  if (books.recalled_at_ms > 0) json::set_time(*report.mutable_recall_time(), books.recalled_at_ms);
  report.set_label(books.label);
  report.set_group(books.group);
  if (has_deliveries(books.latency)) *report.mutable_latency() = latency_of(books.latency);
  return report;
}

namespace {

// The reports of a page, gathered one by one; the last one answers.
struct Listing {
  std::string app;
  std::vector<std::optional<v1::MessageReport>> reports;
  size_t missing = 0;
  std::string next_page_token;
  Reply reply;

  void take(size_t index, const absl::StatusOr<storage::Books>& books) {
    // One whose report has just ended is left out.
    if (books.ok()) reports[index] = report_of(app, *books);
    if (--missing == 0) answer();
  }

  void answer() {
    v1::ListMessagesResponse response;
    for (auto& report : reports) {
      if (report) *response.add_messages() = *std::move(report);
    }
    response.set_next_page_token(next_page_token);
    reply.send(std::move(response));
  }
};

}  // namespace

void Reports::list(const cluster::AppConfig& app, const v1::ListMessagesRequest& request,
                   Reply reply) {
  MessageId before{};
  if (!request.page_token().empty()) {
    const auto id = MessageId::parse(request.page_token());
    if (!id) return reply.fail(invalid_field("page_token", "is not one that was given"));
    before = *id;
  }
  if (request.page_size() > limits::messages_page_max) {
    return reply.fail(
        invalid_field("page_size", fmt::format("at most {}", limits::messages_page_max)));
  }
  if (!request.label().empty() && !request.group().empty()) {
    return reply.fail(invalid_field("group", "give a label or a group, not both"));
  }
  const uint32_t size =
      request.page_size() == 0 ? limits::messages_page_default : request.page_size();
  auto on_page = [&storage = services_.storage, mailbox = services_.mailbox, id = app.id,
                  name = app.name, reply = std::move(reply)](auto page) mutable {
    if (!page.ok()) return reply.fail(unread("messages", page.status()));
    auto listing = std::make_shared<Listing>();
    listing->app = name;
    listing->missing = page->messages.size();
    listing->reports.resize(page->messages.size());
    if (page->next.value != 0) listing->next_page_token = page->next.text();
    listing->reply = std::move(reply);
    if (listing->missing == 0) return listing->answer();
    for (size_t i = 0; i < page->messages.size(); ++i) {
      storage.books(id, page->messages[i], [mailbox, listing, i](auto books) {
        mailbox.post([listing, i, books = std::move(books)] { listing->take(i, books); });
      });
    }
  };
  using Kind = storage::MessageLabel::Kind;
  if (!request.label().empty()) {
    services_.storage.messages_labelled(app.id, {Kind::label, request.label()}, before, size,
                                        std::move(on_page));
  } else if (!request.group().empty()) {
    services_.storage.messages_labelled(app.id, {Kind::group, request.group()}, before, size,
                                        std::move(on_page));
  } else {
    services_.storage.messages(app.id, before, size, std::move(on_page));
  }
}

void Reports::get(const cluster::AppConfig& app, const v1::GetMessageRequest& request,
                  Reply reply) {
  const auto message = message_id_in(request.message_id());
  if (!message.ok()) return reply.fail(message.status());
  services_.storage.books(app.id, *message,
                          [reply = std::move(reply), name = app.name](auto books) {
                            books.ok() ? reply.send(report_of(name, *books))
                                       : reply.fail(unread("a report", books.status()));
                          });
}

void Reports::get_device(const cluster::AppConfig& app, const v1::GetDeviceReportRequest& request,
                         Reply reply) {
  const auto message = message_id_in(request.message_id());
  if (!message.ok()) return reply.fail(message.status());
  const auto device = device_id_in(request.device_id(), "device_id");
  if (!device.ok()) return reply.fail(device.status());
  services_.storage.fate(
      app.id, *message, *device,
      [message = *message, device = *device, reply = std::move(reply)](auto fate) {
        fate.ok() ? reply.send(device_report(message, device, *fate))
                  : reply.fail(unread("a report", fate.status()));
      });
}

}  // namespace tocsin::dispatcher
