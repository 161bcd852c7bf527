#include "tests/crash/device.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

#include "base/clock.h"

namespace tocsin::crash {
namespace {

// The longest a device obeys "come back later" here: the run is not to wait for it.
constexpr uint64_t ordered_wait_ms_max = 2000;

std::string gateway_of(const ServerAddress& server) {
  return fmt::format("127.0.0.1:{}", server.gateway_port);
}

// Whether a server that keeps its promises can never cause it.
bool is_wrong(tocsin_trouble trouble) {
  switch (trouble) {
    case TOCSIN_TROUBLE_BAD_SERVER:
    case TOCSIN_TROUBLE_UNKNOWN_APP:
    case TOCSIN_TROUBLE_UNAUTHENTICATED:
    case TOCSIN_TROUBLE_EXPIRED:
    case TOCSIN_TROUBLE_UNKNOWN_DEVICE:
    case TOCSIN_TROUBLE_BAD_ARGUMENT:
    case TOCSIN_TROUBLE_REFUSED:
    case TOCSIN_TROUBLE_TOO_LARGE:
    case TOCSIN_TROUBLE_IDLE:
    case TOCSIN_TROUBLE_SLOW:
      return true;
    default:
      return false;
  }
}

}  // namespace

Device::Device(Setup setup, const ServerAddress& server, Model& model)
    : setup_(std::move(setup)), model_(model) {
  for (const size_t tag : setup_.tags) tag_names_.push_back(tag_name(tag));
  for (const std::string& name : tag_names_) tag_texts_.push_back({name.data(), name.size()});
  transport_ = std::make_unique<DeviceTransport>(
      gateway_of(server), server.ca_file,
      WireTap([this](uint64_t op, MessageId id) { model_.on_wire(setup_.number, op, id); }));
  store_ = {sizeof store_, this,
            [](void* context, const uint8_t* bytes, size_t size) {
              return static_cast<Device*>(context)->save({bytes, size});
            },
            [](void* context, uint8_t* bytes, size_t capacity, size_t* size) -> tocsin_status {
              const Bytes& blob = static_cast<Device*>(context)->blob_;
              if (blob.empty()) return TOCSIN_NOT_FOUND;
              if (blob.size() > capacity) return TOCSIN_NO_ROOM;
              std::copy(blob.begin(), blob.end(), bytes);
              *size = blob.size();
              return TOCSIN_OK;
            }};
  handlers_ = {sizeof handlers_,
               this,
               [](void* context, tocsin_client*, const tocsin_push* push) {
                 static_cast<Device*>(context)->on_push(*push);
               },
               [](void* context, tocsin_client*, tocsin_state state, tocsin_trouble trouble,
                  const char* text, size_t text_size) {
                 static_cast<Device*>(context)->on_state(state, trouble, {text, text_size});
               },
               [](void* context, tocsin_client*, int confirmed) {
                 static_cast<Device*>(context)->on_tags(confirmed != 0);
               },
               nullptr};
  make_client();
}

Device::~Device() = default;

tocsin_config Device::config() {
  tocsin_config config{};
  config.struct_size = sizeof config;
  config.app = setup_.app.name.data();
  config.app_size = setup_.app.name.size();
  config.registration_key = setup_.app.registration_key.data();
  config.registration_key_size = setup_.app.registration_key.size();
  config.platform = platform_.data();
  config.platform_size = platform_.size();
  config.tags = tag_texts_.data();
  config.tag_count = tag_texts_.size();
  config.transport = transport_->table();
  config.store = &store_;
  config.handlers = &handlers_;
  return config;
}

void Device::make_client() {
  const tocsin_config made = config();
  memory_.assign(tocsin_client_memory_bytes(&made), 0);
  const tocsin_status status = tocsin_client_init(memory_.data(), memory_.size(), &made, &client_);
  if (status != TOCSIN_OK) {
    model_.complain(fmt::format("device {}: the library does not start: {}", setup_.number,
                                tocsin_status_text(status)));
  }
}

// The process is gone; what it showed and had not saved may be shown again.
void Device::lose_client() {
  transport_->table()->close(transport_->table()->context);
  for (const uint64_t op : unsaved_) model_.may_show_again(setup_.number, op);
  unsaved_.clear();
  tag_change_is_sent_ = false;
  make_client();
}

uint32_t Device::step(uint64_t now_ms) {
  if (offline_until_ms_ != 0) {
    if (now_ms < offline_until_ms_) return static_cast<uint32_t>(offline_until_ms_ - now_ms);
    go_online();
  }
  uint32_t wait_ms = 0;
  if (tocsin_client_step(client_, now_ms, &wait_ms) != TOCSIN_OK) {
    model_.complain(fmt::format("device {}: its state could not be saved", setup_.number));
  }
  hurry(now_ms);
  send_tag_change(now_ms);
  return wait_ms;
}

// Its back-off is meant for a city that lost its servers, and grows to minutes: this one behaves
// like a phone that finds a new network as soon as it has lost the old one.
void Device::hurry(uint64_t now_ms) {
  if (tocsin_client_state(client_) != TOCSIN_STATE_WAITING) {
    waiting_since_ms_ = 0;
    return;
  }
  if (waiting_since_ms_ == 0) waiting_since_ms_ = now_ms;
  tocsin_client_network_changed(client_, now_ms);
  if (now_ms - waiting_since_ms_ < ordered_wait_ms_max) return;
  ++waits_cut_;
  waiting_since_ms_ = 0;
  tocsin_client_close(client_, now_ms);
  tocsin_client_restart(client_, now_ms);
}

void Device::send_tag_change(uint64_t now_ms) {
  if (tag_changes_.empty() || tag_change_is_sent_ || !is_live()) return;
  TagChange& change = tag_changes_.front();
  // Noted before it is sent: it may be in force before the call returns.
  if (!change.is_noted) model_.tag_asked(setup_.number, change.tag, change.has);
  change.is_noted = true;
  const std::string name = tag_name(change.tag);
  const tocsin_text text = {name.data(), name.size()};
  tag_change_is_sent_ = true;
  const tocsin_status status = change.has ? tocsin_client_add_tags(client_, now_ms, &text, 1)
                                          : tocsin_client_remove_tags(client_, now_ms, &text, 1);
  if (status != TOCSIN_OK) tag_change_is_sent_ = false;
}

void Device::server_is(const ServerAddress& server) {
  transport_->set_gateway(gateway_of(server));
  if (offline_until_ms_ == 0) tocsin_client_network_changed(client_, monotonic_ms());
}

void Device::go_offline(uint64_t until_ms) {
  if (offline_until_ms_ == 0) tocsin_client_close(client_, monotonic_ms());
  offline_until_ms_ = until_ms;
}

void Device::go_online() {
  if (offline_until_ms_ == 0) return;
  offline_until_ms_ = 0;
  tocsin_client_restart(client_, monotonic_ms());
}

void Device::restart() {
  go_online();
  tocsin_client_close(client_, monotonic_ms());
  lose_client();
}

void Device::die() {
  offline_until_ms_ = 0;
  lose_client();
}

void Device::change_tag(size_t tag, bool has) { tag_changes_.push_back({tag, has, false}); }

void Device::open_last() {
  if (last_message_ == 0) return;
  model_.opened(last_op_);
  tocsin_client_opened(client_, monotonic_ms(), last_message_);
}

std::string Device::state_text() const {
  return fmt::format("device {}: {}, trouble {}, {} changes of tags wait{}", setup_.number,
                     tocsin_state_text(tocsin_client_state(client_)),
                     tocsin_trouble_text(tocsin_client_trouble(client_)), tag_changes_.size(),
                     offline_until_ms_ == 0 ? "" : ", offline");
}

// -- What the library says -----------------------------------------------------------------------

void Device::on_push(const tocsin_push& push) {
  const char* value = nullptr;
  size_t size = 0;
  const bool has_op = tocsin_push_find(&push, "op", 2, &value, &size) == TOCSIN_OK;
  last_op_ = has_op ? op_of({value, size}) : 0;
  last_message_ = push.message_id;
  unsaved_.push_back(last_op_);
  model_.shown(setup_.number, last_op_, MessageId{push.message_id});
}

void Device::on_state(tocsin_state state, tocsin_trouble trouble, std::string_view text) {
  if (is_wrong(trouble) || state == TOCSIN_STATE_GIVEN_UP || transport_->was_garbled()) {
    model_.complain(fmt::format("device {} was told: {} ({})", setup_.number,
                                tocsin_trouble_text(trouble), text));
  }
  DeviceId id;
  if (state == TOCSIN_STATE_LIVE &&
      tocsin_client_device_id(client_, id.bytes.data()) == TOCSIN_OK) {
    model_.registered(setup_.number, id);
  }
}

void Device::on_tags(bool confirmed) {
  tag_change_is_sent_ = false;
  if (!confirmed) return;
  model_.tag_confirmed(setup_.number, tag_changes_.front().tag);
  tag_changes_.pop_front();
}

tocsin_status Device::save(ByteView blob) {
  blob_.assign(blob.begin(), blob.end());
  unsaved_.clear();
  return TOCSIN_OK;
}

}  // namespace tocsin::crash
