#include "tests/e2e/test_server.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <signal.h>
#include <sstream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/hex.h"

namespace tocsin::e2e {
namespace {

template <typename Condition>
bool wait_for(uint64_t ms, Condition condition) {
  const uint64_t deadline = monotonic_ms() + ms;
  while (!condition()) {
    if (monotonic_ms() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace

std::string json_field(const std::string& json, const std::string& field) {
  google::protobuf::Struct object;
  if (!google::protobuf::util::JsonStringToMessage(json, &object).ok()) return "";
  const auto found = object.fields().find(field);
  if (found == object.fields().end()) return "";
  if (found->second.has_number_value()) {
    return std::to_string(static_cast<uint64_t>(found->second.number_value()));
  }
  return found->second.string_value();
}

std::string message_id_of(const std::string& json) { return json_field(json, "messageId"); }

std::string read_file(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

TestServer::TestServer(std::vector<std::string> arguments) : arguments_(std::move(arguments)) {
  absl::StatusOr<bench::TempDir> directory = bench::TempDir::create();
  EXPECT_TRUE(directory.ok()) << directory.status().ToString();
  directory_.emplace(*std::move(directory));
}

TestServer::~TestServer() = default;

std::string TestServer::make_data_folder() {
  std::filesystem::create_directory(data_folder());
  return data_folder();
}

void TestServer::run_under(std::vector<std::string> prefix, const std::string& data_folder) {
  prefix_ = std::move(prefix);
  data_folder_seen_ = data_folder;
}

std::vector<std::string> TestServer::command(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command = prefix_;
  command.insert(command.end(), {TOCSIND, "--data_dir", data_folder()});
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

std::string TestServer::seen(const std::string& file) const {
  if (data_folder_seen_.empty() || !file.starts_with(data_folder())) return file;
  return data_folder_seen_ + file.substr(data_folder().size());
}

Outcome TestServer::run(const std::vector<std::string>& arguments) {
  const std::string output = folder() + "/run.txt";
  unlink(output.c_str());
  absl::StatusOr<bench::ChildProcess> child =
      bench::ChildProcess::start({.command = command(arguments), .log_file = output});
  EXPECT_TRUE(child.ok()) << child.status().ToString();
  if (!child.ok()) return {};
  EXPECT_TRUE(wait_for(60'000, [&] { return !child->is_running(); }));
  const std::string end = child->how_it_ended();
  constexpr std::string_view exited = "exit code ";
  return {end.starts_with(exited) ? std::atoi(end.c_str() + exited.size()) : -1, read_file(output)};
}

void TestServer::start(const std::string& fault) {
  const std::string ready_file = folder() + "/ready.json";
  unlink(ready_file.c_str());
  std::vector<std::string> serving = {
      "--gateway_listen", "127.0.0.1:" + std::to_string(ready_.gateway_port),
      "--api_listen",     "127.0.0.1:" + std::to_string(ready_.api_port),
      "--grpc_listen",    "127.0.0.1:0",
      "--ready_file",     ready_file,
  };
  serving.insert(serving.end(), arguments_.begin(), arguments_.end());
  setenv("TOCSIN_FAULT", fault.c_str(), 1);
  absl::StatusOr<bench::ChildProcess> child =
      bench::ChildProcess::start({.command = command(serving), .log_file = folder() + "/log.txt"});
  unsetenv("TOCSIN_FAULT");
  ASSERT_TRUE(child.ok()) << child.status().ToString();
  child_.emplace(*std::move(child));
  ASSERT_TRUE(wait_for(60'000, [&] {
    const absl::StatusOr<bench::ServerReady> ready = bench::parse_ready(read_file(ready_file));
    if (ready.ok()) ready_ = *ready;
    return ready.ok() || !child_->is_running();
  }));
  ASSERT_TRUE(child_->is_running()) << log_text();
}

void TestServer::kill() {
  ::kill(child_->pid(), SIGKILL);
  wait_until_dead();
}

void TestServer::wait_until_dead() {
  ASSERT_TRUE(wait_for(20'000, [&] { return !child_->is_running(); }));
}

bool TestServer::stop() { return child_->end(20'000); }

std::string TestServer::ca_pem() const { return read_file(seen(ready_.ca_file)); }

std::string TestServer::admin_key() const {
  const std::string text = read_file(seen(ready_.admin_key_file));
  return text.substr(0, text.find('\n'));
}

std::string TestServer::log_text() const { return read_file(folder() + "/log.txt"); }

runtime::HttpsAnswer TestServer::call(const std::string& method, const std::string& target,
                                      const std::string& key, const std::string& body) {
  auto client = runtime::HttpsClient::create(
      {.server = "https://localhost:" + std::to_string(api_port()), .ca_pem = ca_pem()});
  EXPECT_TRUE(client.ok()) << client.status().ToString();
  const auto answer =
      (*client)->call({.method = method, .target = target, .bearer_token = key, .body = body});
  return answer.ok() ? *answer : runtime::HttpsAnswer{.body = answer.status().ToString()};
}

TestApp TestServer::create_app(const std::string& name) {
  const runtime::HttpsAnswer answer =
      call("POST", "/v1/apps", admin_key(), "{\"app\":\"" + name + "\"}");
  EXPECT_EQ(answer.status, 201) << answer.body;
  TestApp app{name, json_field(answer.body, "sendKey"), Bytes(32)};
  EXPECT_TRUE(from_hex(json_field(answer.body, "registrationKey"), app.registration_key))
      << answer.body;
  return app;
}

std::string TestServer::send(const TestApp& app, const std::string& json) {
  const runtime::HttpsAnswer answer =
      call("POST", "/v1/apps/" + app.name + "/messages", app.send_key, json);
  EXPECT_EQ(answer.status, 202) << answer.body;
  return message_id_of(answer.body);
}

uint64_t TestServer::report(const TestApp& app, const std::string& message,
                            const std::string& field) {
  const runtime::HttpsAnswer answer =
      call("GET", "/v1/apps/" + app.name + "/messages/" + message, app.send_key);
  EXPECT_EQ(answer.status, 200) << answer.body;
  return std::strtoull(json_field(answer.body, field).c_str(), nullptr, 10);
}

bool TestServer::wait_for_report(const TestApp& app, const std::string& message,
                                 const std::string& field, uint64_t value) {
  return wait_for(10'000, [&] { return report(app, message, field) == value; });
}

}  // namespace tocsin::e2e
