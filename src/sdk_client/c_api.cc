// The C interface: arguments checked, calls passed on to Client.
#include <algorithm>

#include "sdk_client/client.h"
#include "sdk_client/include/tocsin_client.h"

using tocsin::sdk_client::Client;
using tocsin::sdk_client::ClientState;
using tocsin::sdk_client::Trouble;

static_assert(static_cast<int>(ClientState::closed) == TOCSIN_STATE_CLOSED);
static_assert(static_cast<int>(ClientState::live) == TOCSIN_STATE_LIVE);
static_assert(static_cast<int>(Trouble::unknown_app) == TOCSIN_TROUBLE_UNKNOWN_APP);
static_assert(static_cast<int>(Trouble::too_large) == TOCSIN_TROUBLE_TOO_LARGE);
static_assert(static_cast<int>(tocsin::wire::Priority::alert) == TOCSIN_PRIORITY_ALERT);

namespace {

Client& client_of(tocsin_client* client) { return *reinterpret_cast<Client*>(client); }
const Client& client_of(const tocsin_client* client) {
  return *reinterpret_cast<const Client*>(client);
}

void give(std::string_view text, const char** data, size_t* size) {
  if (data != nullptr) *data = text.data();
  if (size != nullptr) *size = text.size();
}

const tocsin::wire::Push* push_of(const tocsin_push* push) {
  return push == nullptr ? nullptr : static_cast<const tocsin::wire::Push*>(push->internal);
}

}  // namespace

extern "C" {

size_t tocsin_client_memory_bytes(const tocsin_config* config) {
  return config == nullptr ? 0 : Client::memory_bytes(*config);
}

size_t tocsin_state_bytes_max(const tocsin_config* config) {
  return config == nullptr ? 0 : Client::state_bytes_max(*config);
}

tocsin_status tocsin_client_init(void* memory, size_t memory_size, const tocsin_config* config,
                                 tocsin_client** client) {
  if (config == nullptr || client == nullptr) return TOCSIN_INVALID;
  Client* made = nullptr;
  const tocsin_status status = Client::make(memory, memory_size, *config, made);
  *client = reinterpret_cast<tocsin_client*>(made);
  return status;
}

tocsin_status tocsin_client_step(tocsin_client* client, uint64_t now_ms, uint32_t* wait_ms) {
  if (client == nullptr || wait_ms == nullptr) return TOCSIN_INVALID;
  return client_of(client).step(now_ms, *wait_ms);
}

tocsin_status tocsin_client_opened(tocsin_client* client, uint64_t now_ms, uint64_t message_id) {
  return client_of(client).opened(now_ms, message_id);
}

tocsin_status tocsin_client_add_tags(tocsin_client* client, uint64_t now_ms,
                                     const tocsin_text* tags, size_t count) {
  return client_of(client).change_tags(now_ms, {tags, count}, true);
}

tocsin_status tocsin_client_remove_tags(tocsin_client* client, uint64_t now_ms,
                                        const tocsin_text* tags, size_t count) {
  return client_of(client).change_tags(now_ms, {tags, count}, false);
}

tocsin_status tocsin_client_set_attribute(tocsin_client* client, uint64_t now_ms,
                                          tocsin_attribute attribute, const char* text,
                                          size_t size) {
  return client_of(client).set_attribute(now_ms, attribute, {text, size});
}

tocsin_status tocsin_client_set_conditions(tocsin_client* client, uint64_t now_ms,
                                           uint32_t conditions) {
  return client_of(client).set_conditions(now_ms, conditions);
}

void tocsin_client_radio_active(tocsin_client* client, uint64_t now_ms) {
  client_of(client).radio_active(now_ms);
}

void tocsin_client_network_changed(tocsin_client* client, uint64_t now_ms) {
  client_of(client).network_changed(now_ms);
}

void tocsin_client_close(tocsin_client* client, uint64_t now_ms) {
  client_of(client).close(now_ms);
}

void tocsin_client_restart(tocsin_client* client, uint64_t now_ms) {
  client_of(client).restart(now_ms);
}

tocsin_state tocsin_client_state(const tocsin_client* client) {
  return static_cast<tocsin_state>(client_of(client).fsm().state());
}

tocsin_trouble tocsin_client_trouble(const tocsin_client* client) {
  return static_cast<tocsin_trouble>(client_of(client).fsm().trouble());
}

tocsin_status tocsin_client_device_id(const tocsin_client* client, uint8_t device_id[16]) {
  const auto& identity = client_of(client).fsm().identity();
  if (!identity.is_registered()) return TOCSIN_NOT_FOUND;
  std::copy(identity.device.bytes.begin(), identity.device.bytes.end(), device_id);
  return TOCSIN_OK;
}

tocsin_status tocsin_push_data(const tocsin_push* push, size_t index, const char** key,
                               size_t* key_size, const char** value, size_t* value_size) {
  const auto* message = push_of(push);
  if (message == nullptr) return TOCSIN_INVALID;
  if (index >= message->data.size()) return TOCSIN_NOT_FOUND;
  give(message->data[index].key, key, key_size);
  give(message->data[index].value, value, value_size);
  return TOCSIN_OK;
}

tocsin_status tocsin_push_find(const tocsin_push* push, const char* key, size_t key_size,
                               const char** value, size_t* value_size) {
  const auto* message = push_of(push);
  if (message == nullptr) return TOCSIN_INVALID;
  for (const auto& entry : message->data) {
    if (entry.key != std::string_view(key, key_size)) continue;
    give(entry.value, value, value_size);
    return TOCSIN_OK;
  }
  return TOCSIN_NOT_FOUND;
}

}  // extern "C"
