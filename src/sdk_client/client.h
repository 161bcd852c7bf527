// Client: implements tocsin_client.h. ClientFsm plus the lent transport, store and buffers.
//
// All memory is one lent block:
//
//     [ Client | duplicate window | tag views | receive buffer | send buffer | state blob ]
//
// Every event runs fsm -> actions -> obey(). That only appends bytes to the send buffer; they go to
// the transport at the end of the outermost call, after the state they depend on was saved. This
// also lets callbacks call back into the client.
//
// Thread: one owner.
// Bound: memory_bytes(config).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "sdk_client/client_fsm.h"
#include "sdk_client/include/tocsin_client.h"

namespace tocsin::sdk_client {

class Client {
 public:
  // 0 when `config` is not valid.
  static size_t memory_bytes(const tocsin_config& config);
  static size_t state_bytes_max(const tocsin_config& config);
  // See tocsin_client_init().
  static tocsin_status make(void* memory, size_t memory_size, const tocsin_config& config,
                            Client*& client);

  tocsin_status step(uint64_t now_ms, uint32_t& wait_ms);
  tocsin_status opened(uint64_t now_ms, uint64_t message_id);
  tocsin_status change_tags(uint64_t now_ms, std::span<const tocsin_text> tags, bool add);
  tocsin_status set_attribute(uint64_t now_ms, tocsin_attribute attribute, std::string_view text);
  void radio_active(uint64_t now_ms);
  void network_changed(uint64_t now_ms);
  tocsin_status set_conditions(uint64_t now_ms, uint32_t conditions);
  void close(uint64_t now_ms);
  void restart(uint64_t now_ms);
  const ClientFsm& fsm() const { return fsm_; }

 private:
  struct Lent {
    std::span<MessageId> window;
    std::span<std::string_view> tags;
    MutableBytes received;
    MutableBytes to_send;
    MutableBytes blob;
  };
  static Lent cut(uint8_t* memory, const tocsin_config& config);
  static tocsin_status load(const tocsin_config& config, MutableBytes blob,
                            ClientIdentity& identity, ByteView& loaded);

  Client(const tocsin_config& config, const Lent& lent, const ClientIdentity& identity,
         uint64_t seed);

  ClientActions actions() { return ClientActions(to_send_.subspan(to_send_bytes_)); }
  tocsin_status update(wire::Update& change, uint64_t now_ms);
  void obey(const ClientActions& out, uint64_t now_ms);
  void conclude(const ClientActions& out, uint64_t now_ms);
  void deliver(const wire::Push& push);
  void save();
  void open_transport(uint64_t now_ms);
  void close_transport();
  void name_gateways(const wire::GatewayList& gateways);
  void notify_state(std::string_view text);
  void finish(uint64_t now_ms);

  void connect_on(uint64_t now_ms);
  bool receive(uint64_t now_ms);
  void take_received(uint64_t now_ms);
  void flush(uint64_t now_ms);
  void lose(uint64_t now_ms);
  bool is_connected() const;
  bool has_room() const { return to_send_.size() - to_send_bytes_ >= ClientFsm::send_bytes_min; }
  uint32_t wait_ms(uint64_t now_ms) const;

  tocsin_transport transport_;
  tocsin_store store_{};  // without functions when the app has none
  tocsin_handlers handlers_{};
  ClientOptions options_;
  MutableBytes received_;
  MutableBytes to_send_;
  MutableBytes blob_;
  size_t received_bytes_ = 0;
  size_t to_send_bytes_ = 0;
  uint64_t stalled_since_ms_ = 0;  // with to_send_bytes_ > 0: when the transport last took some
  uint32_t depth_ = 0;             // > 0: a callback of ours may be running
  bool transport_is_up_ = false;
  bool close_asked_ = false;
  bool restart_asked_ = false;
  bool save_failed_ = false;
  ClientState state_told_ = ClientState::idle;
  Trouble trouble_told_ = Trouble::none;
  ClientFsm fsm_;
};

}  // namespace tocsin::sdk_client
