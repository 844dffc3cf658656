// A Temporal server of one process, in memory and on loopback, for the workflows that go through our door. It prints its
// address once the namespaces named as arguments can be used, and ends with its standard input or at SIGTERM.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/temporal"
	"go.temporal.io/server/temporaltest"
	"google.golang.org/protobuf/types/known/durationpb"
)

const patience = 30 * time.Second

func main() {
	if err := serve(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(namespaces []string) error {
	stop, release := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer release()
	stop, closed := context.WithCancel(stop)
	go func() {
		defer closed()
		_, _ = io.Copy(io.Discard, os.Stdin)
	}()

	// A namespace can be used once the server has refreshed what it knows of them.
	settings := dynamicconfig.StaticClient{
		dynamicconfig.NamespaceCacheRefreshInterval.Key():           time.Second,
		dynamicconfig.ForceSearchAttributesCacheRefreshOnRead.Key(): true,
	}
	server := temporaltest.NewServer(
		temporaltest.WithBaseServerOptions(temporal.WithDynamicConfigClient(settings)),
	)
	defer server.Stop()
	if err := register(stop, server.GetDefaultClient(), namespaces); err != nil {
		return err
	}
	fmt.Println(server.GetFrontendHostPort())
	<-stop.Done()
	return nil
}

func register(ctx context.Context, admin client.Client, namespaces []string) error {
	ctx, release := context.WithTimeout(ctx, patience)
	defer release()
	for _, namespace := range namespaces {
		_, err := admin.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
			Namespace:                        namespace,
			WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
		})
		if err != nil {
			return fmt.Errorf("failed to register %s: %w", namespace, err)
		}
	}
	for _, namespace := range namespaces {
		if err := isThere(ctx, admin, namespace); err != nil {
			return fmt.Errorf("%s cannot be used: %w", namespace, err)
		}
	}
	return nil
}

// isThere asks for something that every part of the server must know the namespace for.
func isThere(ctx context.Context, admin client.Client, namespace string) error {
	for {
		_, err := admin.WorkflowService().ListWorkflowExecutions(ctx, &workflowservice.ListWorkflowExecutionsRequest{Namespace: namespace})
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100 * time.Millisecond):
		}
	}
}
