#include "dispatcher/send/list_send.h"

#include <fmt/format.h>
#include <utility>

#include "base/clock.h"
#include "base/hex.h"
#include "base/limits.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/reply/log_refusal.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::dispatcher {
namespace {

std::string fresh_name() {
  std::array<uint8_t, 12> random;
  runtime::random_bytes(random);
  return list_prefix + to_hex(random);
}

internal::Record bundle_record(AppId app, const std::string& name,
                               const std::vector<DeviceId>& ids) {
  internal::Record record;
  internal::AudienceChanged& changed = *record.mutable_audience_changed();
  changed.set_app_id(app.value);
  changed.set_name(name);
  for (const DeviceId& id : ids) changed.add_add(id.bytes.data(), id.bytes.size());
  return record;
}

}  // namespace

void forget_list(const Services& services, AppId app, const std::string& name) {
  internal::Record record;
  internal::AudienceChanged& changed = *record.mutable_audience_changed();
  changed.set_app_id(app.value);
  changed.set_name(name);
  changed.set_removed(true);
  services.log.append(record.SerializeAsString(), [](auto) {});
}

ListSend::~ListSend() {
  if (any_appended_) forget_list(services_, app_, name_);
}

absl::Status ListSend::begin(const Caller& caller, v1::SendRequest request) {
  if (request.target_case() != v1::SendRequest::TARGET_NOT_SET || !request.exclude().empty()) {
    return invalid_field("message", "the list is the target: give no target and no exclude");
  }
  if (request.has_send_time()) {
    return invalid_field("message.send_time", "a list cannot wait: upload it as an audience");
  }
  name_ = fresh_name();
  request.set_audience(fmt::format("audience:{}", name_));
  const auto send = check_send(request, wall_ms());
  if (!send.ok()) return send.status();
  if (auto status = check_scopes(*send, caller); !status.ok()) return status;
  app_ = caller.app->id;
  request_ = std::move(request);
  return absl::OkStatus();
}

absl::Status ListSend::add(std::string_view id) {
  if (!refusal_.ok()) return refusal_;
  const auto device = DeviceId::parse(std::string(id));
  if (!device) {
    return invalid_field(fmt::format("device_ids[{}]", ids_),
                         "a device id is 32 hexadecimal digits");
  }
  if (++ids_ > limits::list_ids_max) {
    return invalid_field("device_ids",
                         fmt::format("at most {} ids per call", limits::list_ids_max));
  }
  bundle_.push_back(*device);
  if (bundle_.size() == bundle_ids) flush();
  return absl::OkStatus();
}

void ListSend::flush() {
  if (bundle_.empty()) return;
  std::string record = bundle_record(app_, name_, bundle_).SerializeAsString();
  bundle_.clear();
  // The name differs from call to call; what a repeated call has in common is the ids.
  const size_t head = name_.size();
  std::string digested(as_text(digest_));
  digested.append(record, record.find(name_) + head);
  digest_ = runtime::sha256(as_bytes(digested));
  ++under_way_;
  any_appended_ = true;
  services_.log.append(std::move(record), [mailbox = services_.mailbox,
                                           self = shared_from_this()](auto position) mutable {
    mailbox.post([self = std::move(self), status = position.status()] { self->on_bundle(status); });
  });
}

void ListSend::on_bundle(const absl::Status& status) {
  --under_way_;
  if (!status.ok() && refusal_.ok()) refusal_ = refused_by_log("a list", status);
  if (more_) std::exchange(more_, nullptr)();
  send_if_complete();
}

void ListSend::when_welcome(absl::AnyInvocable<void()> more) {
  if (under_way_ < limits::list_bundles_max) return more();
  more_ = std::move(more);
}

void ListSend::finish(const Caller& caller, Reply reply) {
  if (ids_ == 0) return reply.fail(invalid_field("device_ids", "give at least one id"));
  flush();
  complete_ = [self = shared_from_this(), scopes = caller.scopes, reply = std::move(reply)] {
    if (!self->refusal_.ok()) return reply.fail(self->refusal_);
    // The list is forgotten after the message, not before it.
    self->sends_.send_list(self->app_, scopes, self->request_, std::string(as_text(self->digest_)),
                           self->sends_.keeping(self, reply));
  };
  send_if_complete();
}

void ListSend::send_if_complete() {
  if (under_way_ == 0 && complete_) std::exchange(complete_, nullptr)();
}

}  // namespace tocsin::dispatcher
