#include "dispatcher/manage/apps.h"

#include <algorithm>
#include <fmt/format.h>
#include <vector>

#include "base/clock.h"
#include "base/hex.h"
#include "base/limits.h"
#include "dispatcher/manage/webhook_settings.h"
#include "dispatcher/reply/api_error.h"
#include "dispatcher/reply/append.h"
#include "dispatcher/reply/field_faults.h"
#include "dispatcher/reply/keys.h"
#include "dispatcher/reply/log_refusal.h"
#include "dispatcher/reply/names.h"
#include "dispatcher/reply/resource.h"
#include "json/timestamp.h"
#include "runtime/log.h"
#include "tocsin/internal/record.pb.h"

namespace tocsin::dispatcher {
namespace {

struct NewApp {
  internal::Record record;
  v1::App app;  // with its keys
};

NewApp make_app(uint32_t id, const std::string& name) {
  std::array<uint8_t, wire::registration_key_bytes> registration_key;
  wire::Secret master;
  runtime::random_bytes(registration_key);
  runtime::random_bytes(master);
  const std::string send_key = make_key();
  const uint64_t now_ms = wall_ms();

  NewApp made;
  auto* created = made.record.mutable_app_created();
  created->set_app_id(id);
  created->set_name(name);
  created->set_send_key_hash(std::string(as_text(runtime::sha256(as_bytes(send_key)))));
  created->set_registration_key(registration_key.data(), registration_key.size());
  created->set_device_master_secret(master.data(), master.size());
  created->set_key_epoch(1);
  created->set_created_at_ms(now_ms);

  made.app.set_name(app_resource(name));
  made.app.set_app(name);
  json::set_time(*made.app.mutable_create_time(), now_ms);
  made.app.set_send_key(send_key);
  made.app.set_registration_key(to_hex(registration_key));
  cleanse(master);
  return made;
}

// Without keys and without the number of devices.
v1::App shown(const cluster::AppConfig& config) {
  v1::App app;
  app.set_name(app_resource(config.name));
  app.set_app(config.name);
  json::set_time(*app.mutable_create_time(), config.created_at_ms);
  v1::AppSettings& settings = *app.mutable_settings();
  settings.set_sends_per_s(config.settings.sends_per_s);
  settings.set_send_burst(config.settings.send_burst);
  settings.set_payload_bytes_max(config.settings.payload_bytes_max);
  settings.set_live_casts_max(config.settings.live_casts_max);
  settings.set_everyone_needs_release(config.settings.everyone_needs_release);
  settings.set_messages_per_device_per_day(config.settings.messages_per_device_per_day);
  settings.set_webhook_url(config.settings.webhook_url);
  return app;
}

void check(const v1::AppSettings& settings, FieldFaults& faults) {
  if (settings.payload_bytes_max() > limits::message_content_bytes_max) {
    faults.add("settings.payload_bytes_max",
               fmt::format("at most {}", limits::message_content_bytes_max));
  }
  if (settings.live_casts_max() > limits::live_casts_max) {
    faults.add("settings.live_casts_max", fmt::format("at most {}", limits::live_casts_max));
  }
  if (settings.messages_per_device_per_day() > limits::frequency_cap_max) {
    faults.add("settings.messages_per_device_per_day",
               fmt::format("at most {}", limits::frequency_cap_max));
  }
  if (settings.send_burst() > 0 && settings.sends_per_s() == 0) {
    faults.add("settings.send_burst", "needs sends_per_s");
  }
}

internal::Record record_of(const cluster::AppConfig& config, const v1::AppSettings& wanted) {
  internal::Record record;
  internal::AppChanged& changed = *record.mutable_app_changed();
  changed.set_app_id(config.id.value);
  changed.set_changed_at_ms(wall_ms());
  internal::AppSettings& settings = *changed.mutable_settings();
  settings.set_sends_per_s(wanted.sends_per_s());
  settings.set_send_burst(wanted.send_burst());
  settings.set_payload_bytes_max(wanted.payload_bytes_max());
  settings.set_live_casts_max(wanted.live_casts_max());
  settings.set_everyone_needs_release(wanted.everyone_needs_release());
  settings.set_messages_per_device_per_day(wanted.messages_per_device_per_day());
  settings.set_webhook_url(wanted.webhook_url());
  return record;
}

absl::Status name_taken(const std::string& name) {
  return absl::AlreadyExistsError(
      fmt::format("app '{}' already exists; its keys were shown when it was created", name));
}

// Device counts of all apps, gathered one by one; the last one sends the answer.
struct Listing {
  std::vector<v1::App> apps;
  size_t missing = 0;
  Reply reply;

  void answer() {
    v1::ListAppsResponse response;
    for (v1::App& app : apps) *response.add_apps() = std::move(app);
    reply.send(std::move(response));
  }
};

}  // namespace

absl::Status Apps::check_new_name(const cluster::AppTable& apps, const std::string& name) const {
  if (!is_app_name(name)) {
    return invalid_field("app", "a name is a lower-case letter, then up to 62 of a-z 0-9 and '-'");
  }
  if (apps.find(name) != nullptr || under_way_.contains(name)) {
    return name_taken(name);
  }
  if (apps.by_id.size() + under_way_.size() >= limits::apps_max) {
    return absl::ResourceExhaustedError(
        fmt::format("this installation has its maximum of {} apps", limits::apps_max));
  }
  return absl::OkStatus();
}

uint32_t Apps::next_id(const cluster::AppTable& apps) {
  for (const auto& [id, app] : apps.by_id) last_id_ = std::max(last_id_, id);
  return ++last_id_;
}

void Apps::create(const cluster::AppTable& apps, const v1::CreateAppRequest& request, Reply reply) {
  const absl::Status status = check_new_name(apps, request.app());
  if (!status.ok()) return reply.fail(status);

  const std::string& name = request.app();
  const uint32_t id = next_id(apps);
  NewApp made = make_app(id, name);
  under_way_[name] = {id, std::move(reply), std::move(made.app)};
  services_.log.append(
      made.record.SerializeAsString(), [this, mailbox = services_.mailbox, name](auto position) {
        if (position.ok()) return;
        mailbox.post([this, name, status = refused_by_log("a new app", position.status())] {
          const auto creation = under_way_.extract(name);
          if (!creation.empty()) creation.mapped().reply.fail(status);
        });
      });
}

void Apps::on_apps_changed(const cluster::AppTable& apps) {
  for (auto at = under_way_.begin(); at != under_way_.end();) {
    const auto& [name, creation] = *at;
    const cluster::AppConfig* app = apps.find(name);
    if (app == nullptr) {
      ++at;
      continue;
    }
    // Another dispatcher may have created an app of this name first.
    if (app->id.value == creation.id) {
      runtime::log_info("dispatcher: app '{}' created", name);
      creation.reply.send(creation.answer);
    } else {
      creation.reply.fail(name_taken(name));
    }
    at = under_way_.erase(at);
  }
}

void Apps::list(const cluster::AppTable& apps, Reply reply) {
  auto listing = std::make_shared<Listing>();
  listing->reply = std::move(reply);
  listing->missing = apps.by_id.size();
  if (listing->missing == 0) return listing->answer();
  std::vector<const cluster::AppConfig*> by_name;
  for (const auto& [id, app] : apps.by_id) by_name.push_back(&app);
  std::sort(by_name.begin(), by_name.end(),
            [](const auto* a, const auto* b) { return a->name < b->name; });
  listing->apps.resize(by_name.size());
  for (size_t i = 0; i < by_name.size(); ++i) {
    listing->apps[i] = shown(*by_name[i]);
    services_.storage.ask(about<internal::DeviceCountQuestion>(by_name[i]->id),
                          services_.mailbox.wrap([listing, i](auto count) {
                            if (count.ok()) listing->apps[i].set_devices(count->devices());
                            if (--listing->missing == 0) listing->answer();
                          }));
  }
}

void Apps::get(const cluster::AppConfig& app, Reply reply) {
  services_.storage.ask(about<internal::DeviceCountQuestion>(app.id),
                        [answer = shown(app), reply = std::move(reply)](auto count) mutable {
                          if (!count.ok()) return reply.fail(unread("devices", count.status()));
                          answer.set_devices(count->devices());
                          reply.send(std::move(answer));
                        });
}

void Apps::update(const cluster::AppConfig& app, const v1::UpdateAppRequest& request, Reply reply) {
  const v1::AppSettings& wanted = request.settings();
  FieldFaults faults;
  check(wanted, faults);
  check_webhook(wanted, allow_loopback_webhooks_, faults);
  const absl::Status status = faults.status();
  if (!status.ok()) return reply.fail(status);
  const WebhookSecret secret = webhook_secret_for(wanted, app.settings.webhook_secret);
  v1::App answer = shown(app);
  *answer.mutable_settings() = wanted;
  answer.mutable_settings()->set_webhook_secret(secret.is_new ? secret.text : "");
  internal::Record record = record_of(app, wanted);
  record.mutable_app_changed()->mutable_settings()->set_webhook_secret(secret.text);
  append_then_answer(services_, record.SerializeAsString(), "an app's settings", std::move(answer),
                     reply);
}

}  // namespace tocsin::dispatcher
