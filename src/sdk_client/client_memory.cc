// Making a client: whether the config is valid, how the lent memory is divided, what was saved.
#include <algorithm>
#include <cstring>
#include <new>

#include "sdk_client/attribute.h"
#include "sdk_client/client.h"
#include "sdk_client/state_blob.h"
#include "wire/frame.h"
#include "wire/tag.h"

namespace tocsin::sdk_client {
namespace {

constexpr size_t window_max = 4096;
constexpr size_t receive_bytes = limits::server_frame_bytes_max + limits::frame_head_bytes_max;

// How long these were in the first release of the header; they must be at least that.
constexpr size_t config_bytes_min = offsetof(tocsin_config, alias);
constexpr size_t handlers_bytes_min = offsetof(tocsin_handlers, on_recall);

size_t window_ids(const tocsin_config& config) {
  return config.duplicate_window == 0 ? limits::duplicate_window : config.duplicate_window;
}

// Everything in a Register except the tags fits in send_bytes_min; a tag takes two bytes extra.
size_t send_bytes(const tocsin_config& config) {
  if (config.send_bytes != 0) return config.send_bytes;
  size_t bytes = ClientFsm::send_bytes_min;
  for (size_t i = 0; i < config.tag_count; ++i) bytes += config.tags[i].size + 2;
  return bytes;
}

constexpr size_t aligned(size_t bytes) { return (bytes + 15) / 16 * 16; }

bool transport_is_allowed(const tocsin_transport* transport) {
  return transport != nullptr && transport->struct_size >= sizeof(tocsin_transport) &&
         transport->open != nullptr && transport->ready != nullptr &&
         transport->receive != nullptr && transport->send != nullptr &&
         transport->close != nullptr && transport->random != nullptr;
}

bool store_is_allowed(const tocsin_store* store) {
  return store == nullptr || (store->struct_size >= sizeof(tocsin_store) &&
                              store->save != nullptr && store->load != nullptr);
}

bool tags_are_allowed(const tocsin_config& config) {
  if (config.tag_count > limits::tags_per_frame_max) return false;
  for (size_t i = 0; i < config.tag_count; ++i) {
    if (!wire::is_tag({config.tags[i].data, config.tags[i].size})) return false;
  }
  return true;
}

// Not inlined: it is needed twice, and 200 bytes long.
[[gnu::noinline]] ClientOptions options_of(const tocsin_config& config,
                                           std::span<const std::string_view> tags) {
  ClientOptions options{{config.app, config.app_size},
                        {config.registration_key, config.registration_key_size},
                        {config.platform, config.platform_size},
                        {config.app_version, config.app_version_size},
                        tags,
                        config.heartbeat_s};
  // An app built against the first header lends no more than that.
  if (config.struct_size >= sizeof(tocsin_config)) {
    options.attributes = {{{config.alias, config.alias_size},
                           {config.region, config.region_size},
                           {config.language, config.language_size},
                           {config.time_zone, config.time_zone_size}}};
  }
  options.attributes[static_cast<size_t>(Attribute::sdk_version)] = TOCSIN_CLIENT_VERSION;
  return options;
}

bool texts_are_allowed(const tocsin_config& config) {
  const ClientOptions options = options_of(config, {});
  for (size_t i = 0; i < attributes; ++i) {
    if (!is_attribute(options.attributes[i], attribute_rules[i].bytes_max)) return false;
  }
  return is_attribute(options.platform, limits::device_text_bytes_max) &&
         is_attribute(options.app_version, limits::device_text_bytes_max);
}

bool is_allowed(const tocsin_config& config) {
  return config.struct_size >= config_bytes_min && config.app_size > 0 &&
         config.app_size <= limits::app_name_bytes_max &&
         config.registration_key_size == wire::registration_key_bytes && tags_are_allowed(config) &&
         texts_are_allowed(config) && window_ids(config) >= limits::ack_ids_max &&
         window_ids(config) <= window_max && send_bytes(config) >= ClientFsm::send_bytes_min &&
         transport_is_allowed(config.transport) && store_is_allowed(config.store) &&
         config.handlers != nullptr && config.handlers->struct_size >= handlers_bytes_min &&
         config.handlers->on_push != nullptr;
}

}  // namespace

size_t Client::memory_bytes(const tocsin_config& config) {
  if (!is_allowed(config)) return 0;
  return aligned(sizeof(Client)) + aligned(window_ids(config) * sizeof(MessageId)) +
         aligned(config.tag_count * sizeof(std::string_view)) + aligned(receive_bytes) +
         aligned(send_bytes(config)) + aligned(state_bytes_max(config));
}

size_t Client::state_bytes_max(const tocsin_config& config) {
  return state_blob_bytes(window_ids(config));
}

Client::Lent Client::cut(uint8_t* memory, const tocsin_config& config) {
  uint8_t* next = memory + aligned(sizeof(Client));
  const auto take = [&next](size_t bytes) {
    uint8_t* const taken = next;
    next += aligned(bytes);
    return taken;
  };
  Lent lent;
  const size_t ids = window_ids(config);
  auto* window = reinterpret_cast<MessageId*>(take(ids * sizeof(MessageId)));
  for (size_t i = 0; i < ids; ++i) new (window + i) MessageId;
  lent.window = {window, ids};
  auto* tags =
      reinterpret_cast<std::string_view*>(take(config.tag_count * sizeof(std::string_view)));
  for (size_t i = 0; i < config.tag_count; ++i) {
    new (tags + i) std::string_view(config.tags[i].data, config.tags[i].size);
  }
  lent.tags = {tags, config.tag_count};
  lent.received = {take(receive_bytes), receive_bytes};
  lent.to_send = {take(send_bytes(config)), send_bytes(config)};
  lent.blob = {take(state_bytes_max(config)), state_bytes_max(config)};
  return lent;
}

tocsin_status Client::load(const tocsin_config& config, MutableBytes blob, ClientIdentity& identity,
                           ByteView& loaded) {
  if (config.store != nullptr) {
    size_t size = 0;
    const tocsin_status status =
        config.store->load(config.store->context, blob.data(), blob.size(), &size);
    if (status == TOCSIN_OK) {
      if (size > blob.size()) return TOCSIN_DAMAGED;
      loaded = blob.first(size);
      return read_identity(loaded, identity) ? TOCSIN_OK : TOCSIN_DAMAGED;
    }
    if (status != TOCSIN_NOT_FOUND) return status;
  }
  return config.transport->random(config.transport->context, identity.install_nonce.data(),
                                  identity.install_nonce.size());
}

tocsin_status Client::make(void* memory, size_t memory_size, const tocsin_config& config,
                           Client*& client) {
  const size_t needed = memory_bytes(config);
  if (needed == 0 || memory == nullptr) return TOCSIN_INVALID;
  if (reinterpret_cast<uintptr_t>(memory) % alignof(Client) != 0) return TOCSIN_INVALID;
  if (memory_size < needed) return TOCSIN_NO_ROOM;
  const Lent lent = cut(static_cast<uint8_t*>(memory), config);
  ClientIdentity identity;
  ByteView loaded;
  if (const tocsin_status status = load(config, lent.blob, identity, loaded); status != TOCSIN_OK) {
    return status;
  }
  uint64_t seed = 0;
  const tocsin_status random = config.transport->random(
      config.transport->context, reinterpret_cast<uint8_t*>(&seed), sizeof seed);
  if (random != TOCSIN_OK) return random;
  client = new (memory) Client(config, lent, identity, seed);
  if (!loaded.empty()) restore_window(loaded, client->fsm_);
  return TOCSIN_OK;
}

Client::Client(const tocsin_config& config, const Lent& lent, const ClientIdentity& identity,
               uint64_t seed)
    : transport_(*config.transport),
      options_(options_of(config, lent.tags)),
      received_(lent.received),
      to_send_(lent.to_send),
      blob_(lent.blob),
      fsm_(options_, lent.window, identity, seed) {
  if (config.store != nullptr) store_ = *config.store;
  // The table of an app built against the first header is shorter.
  std::memcpy(&handlers_, config.handlers,
              std::min(config.handlers->struct_size, sizeof handlers_));
}

}  // namespace tocsin::sdk_client
