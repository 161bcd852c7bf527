#include "compare/peer_kind.h"

#include <array>
#include <iterator>
#include <sstream>

#include "compare/mqtt_peer.h"
#include "compare/nats_peer.h"
#include "compare/nchan_peer.h"
#include "harness/child_process.h"

namespace tocsin::bench::compare {
namespace {

constexpr char topic[] = "broadcast";

std::unique_ptr<Speaker> make_mqtt(const PeerKind& kind, const std::string& id, bool is_publisher);

std::unique_ptr<Speaker> make_nchan(const PeerKind&, const std::string&, bool is_publisher) {
  if (is_publisher) return std::make_unique<HttpPublisher>("/publish");
  return std::make_unique<WebsocketPeer>("/subscribe");
}

std::unique_ptr<Speaker> make_nats(const PeerKind&, const std::string&, bool is_publisher) {
  return std::make_unique<NatsPeer>(NatsPeer::Options{topic, is_publisher});
}

const PeerServer mosquitto = {"/usr/sbin/mosquitto", "mosquitto.conf", "mosquitto",
                              "/usr/sbin/mosquitto -c @FILE@", make_mqtt};
const PeerServer nats = {"/usr/sbin/nats-server", "nats.conf", "nats-server",
                         "/usr/sbin/nats-server -c @FILE@", make_nats};
// As ejabberdctl does it, without its change of user and without epmd. Settings of the runtime:
// room for processes and sockets; no busy waiting, which the Erlang manual advises on shared CPUs.
const PeerServer ejabberd = {
    "/usr/sbin/ejabberdctl", "ejabberd.yml", "ejabberd",
    "/usr/bin/env EJABBERD_CONFIG_PATH=@FILE@ EJABBERD_LOG_PATH=@FOLDER@/ejabberd.log "
    "ERL_CRASH_DUMP_BYTES=0 ERL_LIBS=@ERLANG@ HOME=@FOLDER@ "
    "/usr/bin/erl -noinput +K true +P 250000 +Q 65536 +sbwt none +sbwtdcpu none +sbwtdio none "
    "-start_epmd false -s ejabberd -mnesia dir \"@FOLDER@/mnesia\"",
    make_mqtt};

// ejabberd makes an account of the name; mosquitto takes anybody.
std::unique_ptr<Speaker> make_mqtt(const PeerKind& kind, const std::string& id, bool is_publisher) {
  return std::make_unique<MqttPeer>(
      MqttPeer::Options{id, kind.server == &ejabberd ? id : "", topic, kind.qos, is_publisher});
}

}  // namespace

const PeerServer nginx = {
    "/usr/lib/nginx/modules/ngx_nchan_module.so", "nginx.conf", "nginx libnginx-mod-nchan",
    "/usr/sbin/nginx -p @FOLDER@/ -e @FOLDER@/error.log -c @FILE@", make_nchan};

std::span<const PeerKind> peer_kinds() {
  static constexpr std::array kinds = {
      PeerKind{"mosquitto_qos0", "mosquitto, MQTT QoS 0", &mosquitto, 0},
      PeerKind{"nchan", "nginx + nchan, WebSocket", &nginx, 0},
      PeerKind{"nats", "nats-server, core NATS", &nats, 0},
      PeerKind{"ejabberd_qos0", "ejabberd, MQTT QoS 0", &ejabberd, 0},
      PeerKind{"mosquitto_qos1", "mosquitto, MQTT QoS 1", &mosquitto, 1},
      PeerKind{"ejabberd_qos1", "ejabberd, MQTT QoS 1", &ejabberd, 1},
  };
  return kinds;
}

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream stream{std::string(text)};
  return {std::istream_iterator<std::string>(stream), {}};
}

std::string packaged_version(const PeerServer& server) {
  std::vector<std::string> command = words_of("/usr/bin/dpkg-query -W");
  command.emplace_back("-f=${Package} ${Version}\n");
  for (std::string& package : words_of(server.packages)) command.push_back(std::move(package));
  const absl::StatusOr<std::string> versions = output_of(command, " + ");
  return versions.ok() && !versions->empty() ? *versions : "unknown";
}

}  // namespace tocsin::bench::compare
