#include "api/nginx.h"

#include <fmt/format.h>

#include "api/rest.h"
#include "compare/settings_file.h"
#include "harness/temp_dir.h"
#include "harness/try.h"

namespace tocsin::api {
namespace {

absl::StatusOr<compare::PeerProcess> start_with(const std::string& settings_folder,
                                                const std::string& answer,
                                                const harness::StopSignal& stop) {
  TOCSIN_TAKE(const harness::TempDir folder, harness::TempDir::create());
  // The answer first; the other words are PeerProcess's to fill in.
  compare::SettingsWords words = {{"ANSWER", answer}};
  for (const char* word : {"PORT", "FOLDER", "USER", "FILES", "CERTIFICATE", "KEY"}) {
    words[word] = fmt::format("@{}@", word);
  }
  const std::string file(compare::facts_of(compare::Server::nginx).settings_file);
  TOCSIN_TRY(compare::make_settings(fmt::format("{}/{}", settings_folder, file),
                                    fmt::format("{}/{}", folder.path(), file), words));
  return compare::PeerProcess::start(compare::Server::nginx, folder.path(), false, stop);
}

}  // namespace

absl::StatusOr<Nginx> start_nginx(const std::string& settings_folder, const SendPlace& like,
                                  const harness::StopSignal& stop) {
  TOCSIN_TAKE(const std::string answer, answer_to_send(like));
  auto process = start_with(settings_folder, answer, stop);
  if (absl::IsNotFound(process.status())) {
    return Nginx{nullptr, std::string(process.status().message()), {}};
  }
  if (!process.ok()) return process.status();
  Nginx nginx{std::make_unique<compare::PeerProcess>(*std::move(process)), {}, like};
  nginx.place.rest_url = fmt::format("https://127.0.0.1:{}", nginx.process->port());
  nginx.place.grpc_address.clear();
  nginx.place.ca_pem = nginx.process->ca_pem();
  return nginx;
}

}  // namespace tocsin::api
