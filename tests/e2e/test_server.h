// TestServer: a real tocsind in a temporary directory, that a test may kill and start again.
//
// Thread: the test's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "harness/child_process.h"
#include "harness/files.h"
#include "harness/server.h"
#include "runtime/http/https_client.h"

namespace tocsin::e2e {

// How a run of tocsind ended that does not serve.
struct Outcome {
  int status = -1;
  std::string output;  // standard output and error
};

// The keys of an app made by a test.
struct TestApp {
  std::string name;
  std::string send_key;
  Bytes registration_key;
};

class TestServer {
 public:
  // `arguments` are added to the command line.
  explicit TestServer(std::vector<std::string> arguments = {});
  ~TestServer();

  // Make the empty data folder that it would make itself.
  std::string make_data_folder();
  // From now on run it with `prefix` before its command, where the data folder is found at
  // `data_folder` by this process.
  void run_under(std::vector<std::string> prefix, const std::string& data_folder);

  // Start it (again) on the same data and, after the first time, the same ports. `fault` goes to
  // TOCSIN_FAULT. Fails the test when it does not come up.
  void start(const std::string& fault = "");
  // SIGKILL, and wait for the end.
  void kill();
  // Wait until it has died of itself (a fault point).
  void wait_until_dead();
  // SIGTERM; true when it ended by itself with status 0.
  bool stop();

  // Run tocsind on its data with these arguments, not to serve; waits for its end.
  Outcome run(const std::vector<std::string>& arguments);

  uint16_t gateway_port() const { return ready_.gateway_port; }
  uint16_t api_port() const { return ready_.api_port; }
  std::string ca_pem() const;
  std::string admin_key() const;
  const std::string& folder() const { return directory_->path(); }
  std::string data_folder() const { return folder() + "/data"; }
  int pid() const { return child_->pid(); }
  std::string log_text() const;

  // One API call. Status 0 when no answer came.
  runtime::HttpsAnswer call(const std::string& method, const std::string& target,
                            const std::string& key, const std::string& body = "");
  TestApp create_app(const std::string& name);
  // Send `json`; the message id. Fails the test when it is not accepted.
  std::string send(const TestApp& app, const std::string& json);
  // One number of a message's report.
  uint64_t report(const TestApp& app, const std::string& message, const std::string& field);
  // Wait until report(field) == value; false after 10 s.
  bool wait_for_report(const TestApp& app, const std::string& message, const std::string& field,
                       uint64_t value);

 private:
  std::vector<std::string> command(const std::vector<std::string>& arguments) const;
  // A file of the data folder as this process finds it.
  std::string seen(const std::string& file) const;

  std::vector<std::string> arguments_;
  std::vector<std::string> prefix_;
  std::string data_folder_seen_;  // empty: where it is
  std::optional<bench::TempDir> directory_;
  std::optional<bench::ChildProcess> child_;
  bench::ServerReady ready_;
};

// A string (or number as text) field of a JSON object; empty when there is none.
std::string json_field(const std::string& json, const std::string& field);

// The message id of the answer to a send that was accepted.
std::string message_id_of(const std::string& json);

// Read a whole file; empty when it is not there.
std::string read_file(const std::string& path);

}  // namespace tocsin::e2e
