#include "dispatcher/send/send_request.h"

#include <algorithm>
#include <fmt/format.h>
#include <unordered_set>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "audience/parser.h"
#include "base/limits.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/reply/audience_names.h"
#include "dispatcher/reply/field_faults.h"
#include "dispatcher/reply/names.h"
#include "dispatcher/send/delivery_options.h"
#include "dispatcher/send/presentation.h"
#include "runtime/tls/key_material.h"
#include "wire/tag.h"

namespace tocsin::dispatcher {
namespace {

std::string too_many_entries(size_t entries) {
  return fmt::format("at most {} entries, not {}; a notification's fields after the body count",
                     limits::data_entries_max, entries);
}

// Reads one request into one Send and collects what is wrong with it.
class Checker {
 public:
  Checker(v1::SendRequest request, uint64_t now_ms)
      : request_(std::move(request)), now_ms_(now_ms) {}

  absl::StatusOr<Send> check() {
    send_.fingerprint = fingerprint_of(request_);
    check_target();
    check_exclude();
    check_texts();
    check_send_time();
    check_content();
    check_ttl();
    check_priority();
    check_delivery_options(request_, now_ms_, send_,
                           [this](const auto& field, const auto& why) { wrong(field, why); });
    if (!faults_.is_empty()) return faults_.status();
    return std::move(send_);
  }

 private:
  void wrong(const std::string& field, const std::string& description) {
    faults_.add(field, description);
  }

  void check_target() {
    switch (request_.target_case()) {
      case v1::SendRequest::kDevice:
        send_.devices_field = "device";
        return add_device("device", request_.device());
      case v1::SendRequest::kDevices:
        return check_devices();
      case v1::SendRequest::kTag:
        return check_tag();
      case v1::SendRequest::kEveryone:
        return check_everyone();
      case v1::SendRequest::kAlias:
        return check_alias();
      case v1::SendRequest::kAudience:
        return check_audience();
      case v1::SendRequest::TARGET_NOT_SET:
        return wrong(
            "device",
            "a target is needed: give one of device, devices, alias, tag, audience or everyone");
    }
  }

  void check_devices() {
    send_.devices_field = "devices.ids";
    const auto& ids = request_.devices().ids();
    const auto count = static_cast<size_t>(ids.size());
    if (count == 0 || count > limits::send_devices_max) {
      return wrong("devices.ids",
                   fmt::format("give 1 to {} device ids, not {}; for more, tag the devices and "
                               "send to the tag",
                               limits::send_devices_max, count));
    }
    for (int i = 0; i < ids.size(); ++i) add_device(fmt::format("devices.ids[{}]", i), ids[i]);
  }

  void add_device(const std::string& field, const std::string& text) {
    const auto id = DeviceId::parse(text);
    if (!id) return wrong(field, "a device id is 32 hexadecimal digits");
    if (seen_.insert(*id).second) send_.devices.push_back(*id);
  }

  void check_tag() {
    send_.target = Send::Target::tag;
    send_.tag = request_.tag();
    if (!wire::is_tag(send_.tag)) {
      wrong("tag", fmt::format("a tag is 1 to {} characters of A-Z a-z 0-9 _ . : -",
                               limits::tag_bytes_max));
    }
  }

  void check_everyone() {
    send_.target = Send::Target::everyone;
    send_.names_everyone = true;
    if (!request_.everyone()) wrong("everyone", "must be true, or left out");
  }

  void check_alias() {
    const std::string& alias = request_.alias();
    if (alias.empty() || alias.size() > limits::alias_bytes_max) {
      return wrong("alias", fmt::format("an alias is 1 to {} bytes", limits::alias_bytes_max));
    }
    send_.target = Send::Target::audience;
    send_.audience = alias_expression(alias);
  }

  void check_audience() {
    send_.target = Send::Target::audience;
    const auto parsed = audience::parse(request_.audience());
    if (!parsed.ok()) return wrong("audience", std::string(parsed.status().message()));
    send_.audience = audience::text_of(*parsed);
  }

  void check_text(const char* field, const std::string& text, size_t bytes_max, std::string& to) {
    to = text;
    if (text.size() <= bytes_max) return;
    wrong(field, fmt::format("at most {} bytes, not {}", bytes_max, text.size()));
  }

  void check_texts() {
    check_text("label", request_.label(), limits::label_bytes_max, send_.label);
    check_text("group", request_.group(), limits::label_bytes_max, send_.group);
    check_text("idempotency_key", request_.idempotency_key(), limits::idempotency_key_bytes_max,
               send_.idempotency_key);
    check_text("collapse_key", request_.collapse_key(), limits::collapse_key_bytes_max,
               send_.collapse_key);
  }

  void check_send_time() {
    if (!request_.has_send_time()) return;
    const auto due = send_time_in(request_.send_time(), now_ms_);
    if (!due.ok()) return wrong("send_time", std::string(due.status().message()));
    send_.send_at_ms = *due;
  }

  void check_exclude() {
    if (request_.exclude().empty()) return;
    const auto excluded = audience::parse(request_.exclude());
    if (!excluded.ok()) return wrong("exclude", std::string(excluded.status().message()));
    if (send_.names_devices()) {
      return wrong("exclude",
                   "is for alias, tag, audience and everyone: leave ids out of the list instead");
    }
    if (!faults_.is_empty()) return;
    const auto both =
        audience::parse(fmt::format("({}) and not ({})", audience_of(send_), request_.exclude()));
    if (!both.ok()) return wrong("exclude", std::string(both.status().message()));
    send_.target = Send::Target::audience;
    send_.audience = audience::text_of(*both);
  }

  void check_content() {
    send_.validate_only = request_.validate_only();
    Variant all = content_of(request_, "");
    send_.title = std::move(all.title);
    send_.body = std::move(all.body);
    send_.data = std::move(all.data);
    if (static_cast<size_t>(request_.platforms().size()) > limits::platform_overrides_max) {
      return wrong("platforms", fmt::format("at most {}, not {}", limits::platform_overrides_max,
                                            request_.platforms().size()));
    }
    for (const auto& [platform, instead] : request_.platforms()) {
      if (platform.empty() || platform.size() > limits::attribute_bytes_max) {
        wrong("platforms", fmt::format("a platform's name is 1 to {} bytes, not {}",
                                       limits::attribute_bytes_max, platform.size()));
        continue;
      }
      const std::string within = fmt::format("platforms[{}].", platform);
      send_.variants.push_back(content_of(with_override(request_, instead), within));
      send_.variants.back().platform = platform;
    }
    std::sort(send_.variants.begin(), send_.variants.end(),
              [](const Variant& a, const Variant& b) { return a.platform < b.platform; });
  }

  // What a device is shown; errors name fields within `within`.
  Variant content_of(const v1::SendRequest& request, const std::string& within) {
    Variant content{{}, request.notification().title(), request.notification().body(), {}};
    if (content.title.size() > limits::title_bytes_max) {
      wrong(within + "notification.title",
            fmt::format("at most {} bytes of UTF-8, not {}", limits::title_bytes_max,
                        content.title.size()));
    }
    add_data(request, within, content.data);
    size_t bytes = content.title.size() + content.body.size();
    for (const auto& [key, value] : content.data) bytes += key.size() + value.size();
    send_.content_bytes = std::max(send_.content_bytes, bytes);
    if (bytes > limits::message_content_bytes_max) {
      wrong(within + "notification",
            fmt::format("title, body and data together are {} bytes; at most {}", bytes,
                        limits::message_content_bytes_max));
    }
    if (content.title.empty() && content.body.empty() && content.data.empty() &&
        request.data().empty()) {
      wrong(within + "notification",
            "content is needed: give a notification with a title or a body, or data");
    }
    return content;
  }

  void add_data(const v1::SendRequest& request, const std::string& within,
                std::vector<std::pair<std::string, std::string>>& data) {
    const std::string field = within + "data";
    if (static_cast<size_t>(request.data().size()) > limits::data_entries_max) {
      return wrong(field, too_many_entries(static_cast<size_t>(request.data().size())));
    }
    for (const auto& [key, value] : request.data()) {
      if (std::string_view(key).starts_with(presentation_prefix)) {
        wrong(field, "keys that start with \"tocsin.\" are for the notification's own fields");
      }
      if (key.empty() || key.size() > limits::data_key_bytes_max) {
        wrong(field, fmt::format("a key is 1 to {} bytes, not {}", limits::data_key_bytes_max,
                                 key.size()));
      }
      data.emplace_back(key, value);
    }
    add_presentation(request.notification(), data);
    if (data.size() > limits::data_entries_max) wrong(field, too_many_entries(data.size()));
    std::sort(data.begin(), data.end());
  }

  void check_ttl() {
    if (!request_.has_ttl()) {
      send_.ttl_ms = uint64_t{limits::ttl_s_default} * 1000;
      return;
    }
    const auto& ttl = request_.ttl();
    const bool over = ttl.seconds() > limits::ttl_s_max ||
                      (ttl.seconds() == limits::ttl_s_max && ttl.nanos() > 0);
    if (ttl.seconds() < 0 || ttl.nanos() < 0 || over) {
      // What else is checked against the ttl is not to be blamed for it.
      send_.ttl_ms = uint64_t{limits::ttl_s_max} * 1000;
      return wrong("ttl", fmt::format("must be between \"0s\" (now or never) and \"{}s\" (28 days)",
                                      limits::ttl_s_max));
    }
    // A fraction of a millisecond counts as one, so that only 0 means now or never.
    send_.ttl_ms = static_cast<uint64_t>(ttl.seconds()) * 1000 +
                   (static_cast<uint64_t>(ttl.nanos()) + 999'999) / 1'000'000;
  }

  void check_priority() {
    switch (request_.priority()) {
      case v1::SendRequest::PRIORITY_UNSPECIFIED:
      case v1::SendRequest::NORMAL:
        send_.priority = wire::Priority::normal;
        return;
      case v1::SendRequest::LOW:
        send_.priority = wire::Priority::low;
        return;
      case v1::SendRequest::HIGH:
        send_.priority = wire::Priority::high;
        return;
      case v1::SendRequest::ALERT:
        send_.priority = wire::Priority::alert;
        return;
      default:
        return wrong("priority", "must be LOW, NORMAL, HIGH or ALERT");
    }
  }

  v1::SendRequest request_;
  uint64_t now_ms_;
  Send send_;
  std::unordered_set<DeviceId> seen_;
  FieldFaults faults_;
};

static_assert(limits::ttl_s_max == 28 * 24 * 3600, "the ttl message says 28 days");

}  // namespace

std::string audience_of(const Send& send) {
  using audience::Field;
  switch (send.target) {
    case Send::Target::tag:
      return audience::text_of(
          audience::Expression::of({.field = audience::Field::tag, .text = send.tag}));
    case Send::Target::everyone:
      return audience::text_of(audience::Expression::of({}));
    default:
      return send.audience;
  }
}

// Maps in the order of their keys.
std::string fingerprint_of(const v1::SendRequest& request) {
  v1::SendRequest call = request;
  call.clear_idempotency_key();
  call.clear_release();
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream out(&bytes);
    google::protobuf::io::CodedOutputStream coded(&out);
    coded.SetSerializationDeterministic(true);
    call.SerializeToCodedStream(&coded);
  }
  return std::string(as_text(runtime::sha256(as_bytes(bytes))));
}

absl::StatusOr<Send> check_send(v1::SendRequest request, uint64_t now_ms) {
  return Checker(std::move(request), now_ms).check();
}

absl::StatusOr<uint64_t> send_time_in(const google::protobuf::Timestamp& time, uint64_t now_ms) {
  const int64_t due_ms = time.seconds() * 1000 + time.nanos() / 1'000'000;
  if (due_ms <= static_cast<int64_t>(now_ms)) {
    return absl::InvalidArgumentError("has already passed: leave it out to send now");
  }
  if (static_cast<uint64_t>(due_ms) > now_ms + limits::schedule_ahead_ms_max) {
    return absl::InvalidArgumentError("is more than a year ahead");
  }
  return static_cast<uint64_t>(due_ms);
}

absl::Status check_scopes(const Send& send, const Caller& caller) {
  const bool alert = send.priority == wire::Priority::alert;
  return alert && !caller.may(v1::ALERT) ? lacks_scope(v1::ALERT) : absl::OkStatus();
}

}  // namespace tocsin::dispatcher
