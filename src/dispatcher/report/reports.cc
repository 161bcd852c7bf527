#include "dispatcher/report/reports.h"

#include <fmt/format.h>
#include <optional>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "cluster/delivery_states.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/reply/log_refusal.h"
#include "dispatcher/reply/names.h"
#include "dispatcher/reply/resource.h"
#include "dispatcher/report/device_counts.h"
#include "dispatcher/report/latency.h"
#include "json/timestamp.h"

namespace tocsin::dispatcher {
namespace {

using internal::DeliveryState;

v1::SendRequest::Priority priority_of(uint32_t priority) {
  static_assert(static_cast<int>(wire::Priority::low) == v1::SendRequest::LOW);
  static_assert(static_cast<int>(wire::Priority::alert) == v1::SendRequest::ALERT);
  return static_cast<v1::SendRequest::Priority>(priority);
}

std::string pending_reason(const cluster::Delivery& delivery) {
  if (delivery.held()) return "it goes out in steps, and has not been released to this device yet";
  if (!delivery.connected()) return "the device is offline; it gets the message when it connects";
  if (delivery.has_conditions()) {
    return "on its way, or waiting for the hour or the conditions it was sent for";
  }
  return "on its way; the device has not acknowledged it yet";
}

v1::DeviceReport::State state_of(const cluster::DeliveryStateRow& row) {
  if (row.is_drop) return v1::DeviceReport::DROPPED;
  v1::DeviceReport::State state = v1::DeviceReport::STATE_UNSPECIFIED;
  // They have the same names.
  v1::DeviceReport::State_Parse(internal::DeliveryState_Name(row.state), &state);
  return state;
}

v1::DeviceReport device_report(MessageId message, const DeviceId& device,
                               const cluster::Delivery& delivery) {
  const cluster::DeliveryStateRow& row = cluster::row_of(delivery.state());
  v1::DeviceReport report;
  report.set_message_id(message.text());
  report.set_device_id(device.text());
  report.set_connected(delivery.connected());
  report.set_state(state_of(row));
  report.set_reason(delivery.state() == internal::PENDING ? pending_reason(delivery)
                                                          : std::string(row.reason));
  if (delivery.opened()) {
    report.set_state(v1::DeviceReport::OPENED);
    report.set_reason("the user opened it");
  }
  if (delivery.target() != cluster::Delivery::TARGETED) {
    const bool later = delivery.target() == cluster::Delivery::REGISTERED_LATER;
    report.set_state(v1::DeviceReport::NOT_TARGETED);
    report.set_reason(later ? "the device registered after it was accepted"
                            : "the device did not match when it was accepted");
  }
  return report;
}

bool is_stopped(const cluster::Books& books) {
  return books.has_rollout() && books.rollout().row().state() == internal::RolloutRow::STOPPED;
}

v1::MessageReport::State state_of(const cluster::Books& books) {
  if (books.recalled_at_ms() > 0) return v1::MessageReport::RECALLED;
  if (is_stopped(books)) return v1::MessageReport::STOPPED;
  return books.devices(internal::PENDING) > 0 ? v1::MessageReport::SENDING
                                              : v1::MessageReport::FINISHED;
}

void set_rollout(const cluster::Books& books, v1::MessageReport::Rollout& to) {
  const internal::RolloutRow& rollout = books.rollout().row();
  const bool canary = rollout.paced_from_ms() == 0;
  to.set_state(is_stopped(books)                               ? v1::MessageReport::Rollout::STOPPED
               : rollout.state() == internal::RolloutRow::DONE ? v1::MessageReport::Rollout::DONE
               : canary                                        ? v1::MessageReport::Rollout::CANARY
                        : v1::MessageReport::Rollout::RUNNING);
  to.set_released(rollout.released());
  to.set_held(books.held());
  to.set_canaries(rollout.canaries());
  to.set_stop_reason(rollout.stop_reason());
}

}  // namespace

v1::MessageReport report_of(const std::string& app, const cluster::Books& books) {
  const MessageId message{books.message_id()};
  v1::MessageReport report;
  report.set_name(message_resource(app, message));
  report.set_message_id(message.text());
  json::set_time(*report.mutable_accept_time(), books.accepted_at_ms());
  json::set_time(*report.mutable_expire_time(), books.expires_at_ms());
  report.set_priority(priority_of(books.priority()));
  report.set_targeted(books.targeted());
  report.set_opened(books.opened());
  add_devices(books, report);
  add_drops(books, *report.mutable_dropped_because());
  report.set_state(state_of(books));
  if (books.has_rollout()) set_rollout(books, *report.mutable_rollout());
  if (books.recalled_at_ms() > 0) {
    json::set_time(*report.mutable_recall_time(), books.recalled_at_ms());
  }
  report.set_label(books.label());
  report.set_group(books.group());
  if (has_deliveries(books.latency())) *report.mutable_latency() = latency_of(books.latency());
  return report;
}

namespace {

// The reports of a page, gathered one by one; the last one sends the answer.
struct Listing {
  std::string app;
  std::vector<std::optional<v1::MessageReport>> reports;
  size_t missing = 0;
  std::string next_page_token;
  Reply reply;

  void take(size_t index, const absl::StatusOr<cluster::Books>& books) {
    // A message whose report has just expired is left out.
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
    if (!id) return reply.fail(invalid_field("page_token", "is not a token from this server"));
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
  auto question = about<internal::MessagePageQuestion>(app.id);
  question.set_before(before.value);
  question.set_messages_max(size);
  if (!request.label().empty()) question.set_label(request.label());
  if (!request.group().empty()) question.set_group(request.group());
  services_.storage.ask(
      std::move(question), [&storage = services_.storage, mailbox = services_.mailbox, id = app.id,
                            name = app.name, reply = std::move(reply)](auto page) mutable {
        if (!page.ok()) return reply.fail(unread("messages", page.status()));
        auto listing = std::make_shared<Listing>();
        listing->app = name;
        listing->missing = static_cast<size_t>(page->message_ids_size());
        listing->reports.resize(listing->missing);
        if (page->next() != 0) listing->next_page_token = MessageId{page->next()}.text();
        listing->reply = std::move(reply);
        if (listing->missing == 0) return listing->answer();
        size_t index = 0;
        for (const uint64_t message : page->message_ids()) {
          storage.ask(about<internal::BooksQuestion>(id, MessageId{message}),
                      mailbox.wrap([listing, index](absl::StatusOr<cluster::Books> books) {
                        listing->take(index, books);
                      }));
          ++index;
        }
      });
}

void Reports::get(const cluster::AppConfig& app, const v1::GetMessageRequest& request,
                  Reply reply) {
  const auto message = message_id_in(request.message_id());
  if (!message.ok()) return reply.fail(message.status());
  services_.storage.ask(about<internal::BooksQuestion>(app.id, *message),
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
  auto question = about<internal::DeliveryQuestion>(app.id, *message);
  question.set_device_id(cluster::bytes_of(*device));
  services_.storage.ask(std::move(question), [message = *message, device = *device,
                                              reply = std::move(reply)](auto delivery) {
    delivery.ok() ? reply.send(device_report(message, device, *delivery))
                  : reply.fail(unread("a report", delivery.status()));
  });
}

}  // namespace tocsin::dispatcher
