#include "dispatcher/reports.h"

#include "dispatcher/api_error.h"
#include "dispatcher/log_refusal.h"
#include "dispatcher/names.h"
#include "dispatcher/resource.h"

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

FateText text_of(const storage::DeviceFate& fate) {
  using Fate = storage::DeviceFate::State;
  switch (fate.state) {
    case Fate::not_targeted:
      return {v1::DeviceReport::NOT_TARGETED, "the device did not match when it was accepted"};
    case Fate::registered_later:
      return {v1::DeviceReport::NOT_TARGETED, "the device registered after it was accepted"};
    case Fate::pending:
      return {v1::DeviceReport::PENDING,
              fate.connected ? "on its way; the device has not acknowledged it yet"
                             : "the device is not connected; it gets it when it comes"};
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
  }
  return {v1::DeviceReport::STATE_UNSPECIFIED, ""};
}

v1::DeviceReport report_of(MessageId message, const DeviceId& device,
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

v1::MessageReport report_of(const std::string& app, const storage::Books& books) {
  v1::MessageReport report;
  report.set_name(message_resource(app, books.message));
  report.set_message_id(books.message.text());
  set_time(*report.mutable_accept_time(), books.accepted_at_ms);
  set_time(*report.mutable_expire_time(), books.expires_at_ms);
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
  if (books.recalled_at_ms > 0) set_time(*report.mutable_recall_time(), books.recalled_at_ms);
  return report;
}

}  // namespace

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
        fate.ok() ? reply.send(report_of(message, device, *fate))
                  : reply.fail(unread("a report", fate.status()));
      });
}

}  // namespace tocsin::dispatcher
