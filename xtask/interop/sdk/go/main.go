// Connects with Temporal's Go SDK, describes a namespace or completes a workflow, and prints what came of it.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/grpc"
)

const patience = 15 * time.Second

var (
	address    = flag.String("address", "", "`HOST:PORT`")
	namespace  = flag.String("namespace", "", "namespace of the client")
	serverName = flag.String("server-name", "", "`NAME` that is sent and expected")
	serverCA   = flag.String("server-ca", "", "`FILE`")
	cert       = flag.String("cert", "", "`FILE`")
	key        = flag.String("key", "", "`FILE`")
	apiKeyFile = flag.String("api-key-file", "", "`FILE`")
	authority  = flag.String("authority", "", ":authority of the requests")
	describe   = flag.String("describe", "", "another namespace to be described")
	maxVersion = flag.String("max-version", "", "highest `VERSION` of TLS, if not the latest")
	alpn       = flag.String("alpn", "", "another `PROTOCOL` than h2")
)

func main() {
	flag.Parse()
	if *alpn != "" {
		fmt.Println(`{"result": "unsupported", "text": "gRPC offers h2, whatever the settings say"}`)
		return
	}
	answer := map[string]string{"result": "ok"}
	if err := use(flag.Arg(0)); err != nil {
		answer = map[string]string{"result": "refused", "text": err.Error()}
	}
	line, _ := json.Marshal(answer)
	fmt.Println(string(line))
}

func use(mode string) error {
	options, err := options()
	if err != nil {
		return err
	}
	ctx, release := context.WithTimeout(context.Background(), patience)
	defer release()
	connection, err := client.DialContext(ctx, options)
	if err != nil {
		return err
	}
	defer connection.Close()
	switch mode {
	case "describe":
		return describeNamespace(ctx, connection)
	case "workflow":
		return completeWorkflow(ctx, connection)
	default:
		return fmt.Errorf("unknown mode %q", mode)
	}
}

func options() (client.Options, error) {
	roots := x509.NewCertPool()
	authorities, err := os.ReadFile(*serverCA)
	if err != nil || !roots.AppendCertsFromPEM(authorities) {
		return client.Options{}, fmt.Errorf("failed to read %s: %w", *serverCA, err)
	}
	settings := &tls.Config{RootCAs: roots, ServerName: *serverName}
	if *maxVersion == "1.2" {
		settings.MaxVersion = tls.VersionTLS12
	}
	if *cert != "" {
		pair, err := tls.LoadX509KeyPair(*cert, *key)
		if err != nil {
			return client.Options{}, err
		}
		settings.Certificates = []tls.Certificate{pair}
	}
	options := client.Options{
		HostPort:          *address,
		Namespace:         *namespace,
		Logger:            quiet{},
		ConnectionOptions: client.ConnectionOptions{TLS: settings},
	}
	if *authority != "" {
		// The SDK's own option for it is for connections without TLS.
		each := grpc.WithDefaultCallOptions(grpc.CallAuthority(*authority))
		options.ConnectionOptions.DialOptions = []grpc.DialOption{each}
	}
	if *apiKeyFile != "" {
		apiKey, err := os.ReadFile(*apiKeyFile)
		if err != nil {
			return client.Options{}, err
		}
		options.Credentials = client.NewAPIKeyStaticCredentials(strings.TrimSpace(string(apiKey)))
	}
	return options, nil
}

func describeNamespace(ctx context.Context, connection client.Client) error {
	asked := *namespace
	if *describe != "" {
		asked = *describe
	}
	request := &workflowservice.DescribeNamespaceRequest{Namespace: asked}
	described, err := connection.WorkflowService().DescribeNamespace(ctx, request)
	if err != nil {
		// The SDK's error says what happened, and its type says which status that was.
		return fmt.Errorf("%T: %w", err, err)
	}
	if name := described.GetNamespaceInfo().GetName(); name != asked {
		return fmt.Errorf("%s was described instead of %s", name, asked)
	}
	return nil
}

func completeWorkflow(ctx context.Context, connection client.Client) error {
	queue := fmt.Sprintf("go-%d", time.Now().UnixNano())
	works := worker.New(connection, queue, worker.Options{WorkerStopTimeout: time.Second})
	works.RegisterWorkflow(greeting)
	if err := works.Start(); err != nil {
		return err
	}
	defer works.Stop()
	started, err := connection.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: queue, TaskQueue: queue}, greeting, "gate")
	if err != nil {
		return err
	}
	var said string
	if err := started.Get(ctx, &said); err != nil {
		return err
	}
	if said != "hello, gate" {
		return fmt.Errorf("the workflow came to %q", said)
	}
	return nil
}

func greeting(ctx workflow.Context, whom string) (string, error) {
	if err := workflow.Sleep(ctx, 10*time.Millisecond); err != nil {
		return "", err
	}
	return "hello, " + whom, nil
}

// quiet keeps the SDK's log away from what we print.
type quiet struct{}

var _ log.Logger = quiet{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
