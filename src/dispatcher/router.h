// Which call a request line means.
//
// Thread: pure function.
#pragma once

#include <string>
#include <string_view>

namespace tocsin::dispatcher {

enum class Call {
  create_app,
  list_apps,
  send,
  report,
  recall,
  device_report,
  count,
  list_audiences,
  change_audience,
  update_device,
  delete_device,
  delete_alias,
  status,
  back_up,
  metrics,
  health,
  unknown_path,
  wrong_method,
};

struct Route {
  Call call = Call::unknown_path;
  std::string app = {};      // as in the path, not checked
  std::string message = {};  // as in the path, not checked
  std::string name = {};     // of a device, alias or audience: as in the path, not checked
  std::string allow = {};    // for wrong_method: the methods this path has
};

Route find_route(std::string_view method, std::string_view path);

// For metrics: "send", "report", ...
const char* name_of(Call call);

}  // namespace tocsin::dispatcher
