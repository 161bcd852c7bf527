#include "compare/peer_kind.h"

#include <array>
#include <filesystem>
#include <iterator>
#include <sstream>

#include "compare/mqtt_peer.h"
#include "compare/nats_peer.h"
#include "compare/nchan_peer.h"
#include "harness/child_process.h"

namespace tocsin::compare {
namespace {

constexpr char topic[] = "broadcast";

// Where Debian keeps Erlang's libraries: /usr/lib/<machine>, which holds ejabberd-<version>.
std::string erlang_libraries() {
  std::error_code error;
  for (const auto& machine : std::filesystem::directory_iterator("/usr/lib", error)) {
    if (!machine.path().filename().string().ends_with("-linux-gnu")) continue;
    for (const auto& library : std::filesystem::directory_iterator(machine.path(), error)) {
      if (library.path().filename().string().starts_with("ejabberd-")) {
        return machine.path().string();
      }
    }
  }
  return "/usr/lib";
}

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream stream{std::string(text)};
  return {std::istream_iterator<std::string>(stream), {}};
}

// As ejabberdctl does it, without its change of user and without epmd. Settings of the runtime:
// room for processes and sockets; no busy waiting, which the Erlang manual advises on shared CPUs.
std::vector<std::string> ejabberd_command(const std::string& folder, const std::string& file) {
  std::vector<std::string> command = {"/usr/bin/env",
                                      "EJABBERD_CONFIG_PATH=" + file,
                                      "EJABBERD_LOG_PATH=" + folder + "/ejabberd.log",
                                      "ERL_CRASH_DUMP_BYTES=0",
                                      "ERL_LIBS=" + erlang_libraries(),
                                      "HOME=" + folder};
  for (std::string& word :
       words_of("/usr/bin/erl -noinput +K true +P 250000 +Q 65536 +sbwt none +sbwtdcpu none "
                "+sbwtdio none -start_epmd false -s ejabberd -mnesia dir")) {
    command.push_back(std::move(word));
  }
  command.push_back("\"" + folder + "/mnesia\"");
  return command;
}

std::unique_ptr<Speaker> make_mqtt(const PeerKind& kind, const std::string& id, bool is_publisher);

std::unique_ptr<Speaker> make_nchan(const PeerKind&, const std::string&, bool is_publisher) {
  if (is_publisher) return std::make_unique<HttpPublisher>("/publish");
  return std::make_unique<WebsocketPeer>("/subscribe");
}

std::unique_ptr<Speaker> make_nats(const PeerKind&, const std::string&, bool is_publisher) {
  return std::make_unique<NatsPeer>(NatsPeer::Options{topic, is_publisher});
}

const PeerServer mosquitto = {
    "/usr/sbin/mosquitto", "mosquitto.conf", "mosquitto",
    [](const std::string&, const std::string& file) -> std::vector<std::string> {
      return {"/usr/sbin/mosquitto", "-c", file};
    },
    make_mqtt};
const PeerServer nats = {
    "/usr/sbin/nats-server", "nats.conf", "nats-server",
    [](const std::string&, const std::string& file) -> std::vector<std::string> {
      return {"/usr/sbin/nats-server", "-c", file};
    },
    make_nats};
const PeerServer ejabberd = {"/usr/sbin/ejabberdctl", "ejabberd.yml", "ejabberd", ejabberd_command,
                             make_mqtt};

// ejabberd makes an account of the name; mosquitto takes anybody.
std::unique_ptr<Speaker> make_mqtt(const PeerKind& kind, const std::string& id, bool is_publisher) {
  return std::make_unique<MqttPeer>(
      MqttPeer::Options{id, kind.server == &ejabberd ? id : "", topic, kind.qos, is_publisher});
}

}  // namespace

const PeerServer nginx = {
    "/usr/lib/nginx/modules/ngx_nchan_module.so", "nginx.conf", "nginx libnginx-mod-nchan",
    [](const std::string& folder, const std::string& file) -> std::vector<std::string> {
      return {"/usr/sbin/nginx", "-p", folder + "/", "-e", folder + "/error.log", "-c", file};
    },
    make_nchan};

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

std::string packaged_version(const PeerServer& server) {
  std::vector<std::string> command = words_of("/usr/bin/dpkg-query -W");
  command.emplace_back("-f=${Package} ${Version}\n");
  for (std::string& package : words_of(server.packages)) command.push_back(std::move(package));
  const absl::StatusOr<std::string> versions = harness::output_of(command, " + ");
  return versions.ok() && !versions->empty() ? *versions : "unknown";
}

}  // namespace tocsin::compare
