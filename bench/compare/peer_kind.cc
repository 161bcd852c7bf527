#include "compare/peer_kind.h"

#include <array>
#include <filesystem>
#include <fmt/format.h>
#include <sstream>

#include "base/check.h"
#include "compare/mqtt_peer.h"
#include "compare/nats_peer.h"
#include "compare/nchan_peer.h"
#include "harness/child_process.h"

namespace tocsin::compare {
namespace {

constexpr char topic[] = "broadcast";

constexpr std::array kinds = {
    PeerKind{"mosquitto_qos0", "mosquitto, MQTT QoS 0", Server::mosquitto, 0},
    PeerKind{"nchan", "nginx + nchan, WebSocket", Server::nginx, 0},
    PeerKind{"nats", "nats-server, core NATS", Server::nats, 0},
    PeerKind{"ejabberd_qos0", "ejabberd, MQTT QoS 0", Server::ejabberd, 0},
    PeerKind{"mosquitto_qos1", "mosquitto, MQTT QoS 1", Server::mosquitto, 1},
    PeerKind{"ejabberd_qos1", "ejabberd, MQTT QoS 1", Server::ejabberd, 1},
};

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

// As ejabberdctl does it, without its change of user and without epmd. Settings of the runtime:
// room for processes and sockets; no busy waiting, which the Erlang manual advises on shared CPUs.
std::vector<std::string> ejabberd_command(const std::string& folder, const std::string& file) {
  std::vector<std::string> command = {"/usr/bin/env",
                                      "EJABBERD_CONFIG_PATH=" + file,
                                      "EJABBERD_LOG_PATH=" + folder + "/ejabberd.log",
                                      "ERL_CRASH_DUMP_BYTES=0",
                                      "ERL_LIBS=" + erlang_libraries(),
                                      "HOME=" + folder};
  std::istringstream words(
      "/usr/bin/erl -noinput +K true +P 250000 +Q 65536 +sbwt none +sbwtdcpu none +sbwtdio none "
      "-start_epmd false -s ejabberd -mnesia dir");
  for (std::string word; words >> word;) command.push_back(word);
  command.push_back("\"" + folder + "/mnesia\"");
  return command;
}

MqttPeer::Options mqtt_options(const PeerKind& kind, const std::string& client_id) {
  MqttPeer::Options options;
  options.client_id = client_id;
  // ejabberd makes an account of it; mosquitto takes anybody.
  if (kind.server == Server::ejabberd) options.user_name = client_id;
  options.topic = topic;
  options.qos = kind.qos;
  return options;
}

}  // namespace

std::span<const PeerKind> peer_kinds() { return kinds; }

ServerFacts facts_of(Server server) {
  switch (server) {
    case Server::mosquitto:
      return {"/usr/sbin/mosquitto", "mosquitto.conf", {"mosquitto"}};
    case Server::nginx:
      return {"/usr/lib/nginx/modules/ngx_nchan_module.so",
              "nginx.conf",
              {"nginx", "libnginx-mod-nchan"}};
    case Server::nats:
      return {"/usr/sbin/nats-server", "nats.conf", {"nats-server"}};
    case Server::ejabberd:
      return {"/usr/sbin/ejabberdctl", "ejabberd.yml", {"ejabberd"}};
  }
  TOCSIN_CHECK(false);
}

std::vector<std::string> command_of(Server server, const std::string& folder,
                                    const std::string& file) {
  switch (server) {
    case Server::mosquitto:
      return {"/usr/sbin/mosquitto", "-c", file};
    case Server::nginx:
      return {"/usr/sbin/nginx", "-p", folder + "/", "-e", folder + "/error.log", "-c", file};
    case Server::nats:
      return {"/usr/sbin/nats-server", "-c", file};
    case Server::ejabberd:
      return ejabberd_command(folder, file);
  }
  TOCSIN_CHECK(false);
}

std::unique_ptr<Speaker> make_subscriber(const PeerKind& kind, uint32_t index) {
  switch (kind.server) {
    case Server::mosquitto:
    case Server::ejabberd:
      return std::make_unique<MqttPeer>(mqtt_options(kind, fmt::format("client-{}", index)));
    case Server::nginx:
      return std::make_unique<WebsocketPeer>("/subscribe");
    case Server::nats:
      return std::make_unique<NatsPeer>(NatsPeer::Options{topic, false});
  }
  TOCSIN_CHECK(false);
}

std::unique_ptr<Publisher> make_publisher(const PeerKind& kind) {
  switch (kind.server) {
    case Server::mosquitto:
    case Server::ejabberd: {
      MqttPeer::Options options = mqtt_options(kind, "publisher");
      options.is_publisher = true;
      return std::make_unique<MqttPeer>(options);
    }
    case Server::nginx:
      return std::make_unique<HttpPublisher>("/publish");
    case Server::nats:
      return std::make_unique<NatsPeer>(NatsPeer::Options{topic, true});
  }
  TOCSIN_CHECK(false);
}

std::string packaged_version(Server server) {
  std::vector<std::string> command = {"/usr/bin/dpkg-query", "-W", "-f=${Package} ${Version}\n"};
  for (const std::string& package : facts_of(server).packages) command.push_back(package);
  const absl::StatusOr<std::string> versions = harness::output_of(command, " + ");
  return versions.ok() && !versions->empty() ? *versions : "unknown";
}

}  // namespace tocsin::compare
