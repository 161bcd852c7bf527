// Api: the calls of the send and admin API, from an HTTP request to its answer.
//
// Finds the route, checks content type and key, and hands over to the call. Nothing here blocks:
// what needs log or storage answers later, so that an alert finds the shard free.
//
// Thread: the dispatcher's shard.  Bound: those of its parts.
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "dispatcher/apps.h"
#include "dispatcher/devices.h"
#include "dispatcher/keys.h"
#include "dispatcher/options.h"
#include "dispatcher/reply.h"
#include "dispatcher/router.h"
#include "dispatcher/sends.h"
#include "dispatcher/services.h"
#include "runtime/http_server.h"
#include "runtime/metrics.h"

namespace tocsin::dispatcher {

class Api {
 public:
  Api(const Options& options, Services services, storage::Counts counts);

  void handle(runtime::HttpRequest request, runtime::HttpServer::Respond respond);
  void on_apps_changed(cluster::AppsChanged apps);

  // Expire replies. Call it every tick_ms.
  void tick();
  static constexpr uint32_t tick_ms = 100;
  // Ask storage for its numbers. Call it every refresh_ms.
  void refresh();
  static constexpr uint32_t refresh_ms = 1000;

 private:
  void call(const Route& route, runtime::HttpRequest request, Reply reply);
  void call_on_app(const Route& route, const runtime::HttpRequest& request, Reply reply);
  void call_as_admin(const Route& route, const runtime::HttpRequest& request, Reply reply);
  void call_on_message(const Route& route, const cluster::AppConfig& app, const std::string& body,
                       Reply reply);
  void report(const cluster::AppConfig& app, MessageId message, Reply reply);
  void report_device(const cluster::AppConfig& app, MessageId message, const std::string& device,
                     Reply reply);
  void status(Reply reply);
  void back_up(Reply reply);
  runtime::HttpServer::Respond counted(Call call, runtime::HttpServer::Respond respond);

  Options options_;
  uint64_t started_at_ms_;
  Services services_;
  Replies replies_;
  Keys keys_;
  Apps apps_;
  Sends sends_;
  Devices devices_;
  std::map<std::pair<Call, int>, runtime::Counter> answers_;
};

}  // namespace tocsin::dispatcher
