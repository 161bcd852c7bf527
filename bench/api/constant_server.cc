#include "api/constant_server.h"

#include <fmt/format.h>

#include "compare/settings_file.h"
#include "drill/temp_dir.h"

namespace tocsin::api {

absl::StatusOr<compare::PeerProcess> start_constant_server(const std::string& settings_folder,
                                                           const std::string& answer,
                                                           const drill::StopSignal& stop) {
  const absl::StatusOr<drill::TempDir> folder = drill::TempDir::create();
  if (!folder.ok()) return folder.status();
  // The answer first; the other words are PeerProcess's to fill in.
  const compare::SettingsWords words = {{"ANSWER", answer},     {"PORT", "@PORT@"},
                                        {"FOLDER", "@FOLDER@"}, {"USER", "@USER@"},
                                        {"FILES", "@FILES@"},   {"CERTIFICATE", "@CERTIFICATE@"},
                                        {"KEY", "@KEY@"}};
  const std::string file(compare::facts_of(compare::Server::nginx).settings_file);
  const absl::Status made =
      compare::make_settings(fmt::format("{}/{}", settings_folder, file),
                             fmt::format("{}/{}", folder->path(), file), words);
  if (!made.ok()) return made;
  return compare::PeerProcess::start(compare::Server::nginx, folder->path(), false, stop);
}

SendPlace place_of(const compare::PeerProcess& server, const SendPlace& like) {
  SendPlace place = like;
  place.rest_url = fmt::format("https://127.0.0.1:{}", server.port());
  place.grpc_address.clear();
  place.ca_pem = server.ca_pem();
  return place;
}

}  // namespace tocsin::api
